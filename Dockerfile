# One image for the operator (`python -m pynenc_operator`) and for workers (`pynenc --app tasks.app runner start`).
# It holds no tasks: build FROM it and copy them to /app, as examples/01-hello/Dockerfile does.
ARG BASE=python:3.12-slim-bookworm
# The base of the stages that install: one with pip, and with what the building machine needs to reach its index.
ARG BUILD_BASE=${BASE}

# Of pyproject.toml only these lists matter to what is installed: other changes of it leave the next stage as it is.
FROM ${BUILD_BASE} AS requirements
WORKDIR /src
COPY pyproject.toml ./
RUN python3 -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb')); \
print(*project['build-system']['requires'], sep='\n', file=open('build.txt', 'w')); \
extras = project['project']['optional-dependencies']; \
print(*project['project']['dependencies'], *extras['operator'], *extras['pickle'], sep='\n')" > run.txt

# Dependencies change rarely: a stage of their own keeps them in a layer of their own, here and in the nodes.
FROM ${BUILD_BASE} AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY --from=requirements /src/build.txt /src/run.txt ./
RUN python3 -m venv --without-pip /opt/pynenc \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install -r build.txt \
 && /opt/build/bin/pip --python /opt/pynenc/bin/python install --compile -r run.txt

FROM dependencies AS product
COPY . .
# --root: only what the wheel itself brings ends in /product.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/build/bin/pip --python /opt/pynenc/bin/python install --compile --no-deps --root /product /wheels/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="pynenc" \
      org.opencontainers.image.description="Operator and workers of the Kubernetes-native task system for Python" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=dependencies /opt/pynenc /opt/pynenc
COPY --from=product /product/opt/pynenc /opt/pynenc
# Modules in /app are found by the supervisor and by every worker process that it starts.
ENV PATH=/opt/pynenc/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
WORKDIR /app
USER 10001:10001
CMD ["pynenc", "--help"]
