# A Valkey server and the C library it needs, nothing else: no shell, a read-only root, data in /data.
ARG BASE
FROM ${BASE} AS files
COPY valkey-server /usr/local/bin/valkey-server
RUN mkdir -p /root-fs/data /root-fs/tmp \
 && ldd /usr/local/bin/valkey-server | grep -o '/[^ ]*' | sort -u | xargs -I{} cp --parents -L {} /root-fs \
 && cp --parents /usr/local/bin/valkey-server /root-fs \
 && chown 10001:10001 /root-fs/data && chmod 1777 /root-fs/tmp

FROM scratch
COPY --from=files /root-fs/ /
ENV PATH=/usr/local/bin
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 6379
ENTRYPOINT ["valkey-server"]
