"""How to reach the API server: from within a pod, else from a kubeconfig."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes.aio import client, config


@dataclass(frozen=True, slots=True)
class Credentials:
    """What another client needs to reach the same API server; read anew for every use, because tokens expire."""

    server: str
    ca_path: str | None
    token: str | None
    certificate_path: str | None
    key_path: str | None
    insecure: bool


async def load_configuration() -> client.Configuration:
    """The client's configuration; its token is re-read while it is used.

    Raises:
        kubernetes.aio.config.ConfigException: neither a service account nor a kubeconfig is there.
    """
    configuration = client.Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ and not os.environ.get("KUBECONFIG"):
        config.load_incluster_config(configuration)
    else:
        await config.load_kube_config(client_configuration=configuration)
    configuration.retries = None
    return configuration


@asynccontextmanager
async def connect() -> AsyncIterator[client.ApiClient]:
    """A client that is closed at the end."""
    async with client.ApiClient(await load_configuration()) as api:
        yield api


async def load_credentials() -> Credentials:
    """The same for a client that is not this one."""
    configuration = await load_configuration()
    header = await configuration.get_api_key_with_prefix("BearerToken")
    return Credentials(
        server=configuration.host,
        ca_path=_path(configuration.ssl_ca_cert),
        token=header.split(" ", 1)[-1] if header else None,
        certificate_path=_path(configuration.cert_file),
        key_path=_path(configuration.key_file),
        insecure=not configuration.verify_ssl,
    )


def _path(value: object) -> str | None:
    return str(Path(str(value))) if value else None
