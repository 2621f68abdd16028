# For an example that brings no Dockerfile of its own.
ARG PYNENC
FROM ${PYNENC}
COPY . /app/
