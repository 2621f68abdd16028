# Stands in for the published Python image: the interpreter, time zones and public certificate authorities, no pip.
ARG BASE
FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y ca-certificates python3 tzdata \
 && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
