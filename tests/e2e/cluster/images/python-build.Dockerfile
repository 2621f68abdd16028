# The same with pip and with what this machine needs to reach its package index. Only for build stages.
ARG BASE
FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y python3-pip python3-venv \
 && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
