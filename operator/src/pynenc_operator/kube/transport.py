"""One HTTP request to the API server, its errors translated, its writes counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import aiohttp
from kubernetes.aio import client

from pynenc_operator.reconcile.ports import ClusterError

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
JSON = "application/json"
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)


class Transport:
    """Sends JSON and receives JSON. `writes` counts what was sent to change something, by method and kind."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api
        self.writes: Counter[tuple[str, str]] = Counter()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: object = None,
        content_type: str = JSON,
    ) -> Any:
        """The decoded answer.

        Raises:
            ClusterError: the server refused or did not answer.
        """
        try:
            request = await self._api.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": JSON, "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            response = await self._api.call_api(*request, _request_timeout=TIMEOUT)
            text: bytes = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"{method} {path}: {type(error).__name__}: {error}") from error
        if response.status >= 400:
            raise ClusterError(f"{method} {path}: {response.status}: {_message(text)}", response.status)
        return json.loads(text)

    async def write(self, kind: str, method: str, path: str, **options: Any) -> Any:
        """A request that changes an object of `kind`."""
        self.writes[method, kind] += 1
        return await self.request(method, path, **options)


def _message(text: bytes) -> str:
    """What the server says: a Status object, or whatever a proxy in between answers."""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:200].decode(errors="replace")
