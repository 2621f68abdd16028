# One image for the operator (`python -m pynenc_operator`) and for workers (`pynenc --app tasks.app runner start`).
# It holds no tasks: build FROM it and copy them to /app, as examples/01-hello/Dockerfile does.
ARG BASE=python:3.12-slim-bookworm
# The base of the stage that installs: one with pip, and with what the building machine needs to reach its index.
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python3 -m venv --without-pip /opt/pynenc
# Dependencies first: they change rarely, and a change of code alone then installs nothing but the wheel.
COPY pyproject.toml ./
RUN python3 -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*p['dependencies'], *p['optional-dependencies']['operator'], sep='\n')" > requirements.txt \
 && python3 -m pip --python /opt/pynenc/bin/python install --compile -r requirements.txt
COPY . .
RUN python3 -m pip --python /opt/pynenc/bin/python install --compile --no-deps '.[operator]'

FROM ${BASE}
LABEL org.opencontainers.image.title="pynenc" \
      org.opencontainers.image.description="Operator and workers of the Kubernetes-native task system for Python" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/pynenc /opt/pynenc
# Modules in /app are found by the supervisor and by every worker process that it starts.
ENV PATH=/opt/pynenc/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
WORKDIR /app
USER 10001:10001
CMD ["pynenc", "--help"]
