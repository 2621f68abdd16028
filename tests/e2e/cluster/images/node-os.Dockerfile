# What a node, kube-proxy and kube-router need of an operating system.
ARG BASE
FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y \
      conntrack containernetworking-plugins dbus ebtables ethtool hostname ipset iproute2 iptables kmod libseccomp2 \
      mount procps runc socat systemd systemd-sysv util-linux \
 && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
