"""A proxy between an operator and the API server that writes down what is asked for, in the words of RBAC."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from contextlib import suppress
from typing import NamedTuple

import aiohttp
import yaml
from aiohttp import web

from cluster.operator_process import free_port

HOP = {"connection", "content-encoding", "content-length", "host", "transfer-encoding"}
"""Headers that are about one connection, or about a body that is sent on in another form."""
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Right(NamedTuple):
    """A verb on a resource, such as `("apps", "deployments", "patch")`."""

    group: str
    resource: str
    verb: str


class Recorder:
    """`used` are rights that requests needed and had, `refused` those that they had not; a context manager.

    `kubeconfig` says which server, and holds no client certificate: what the operator sends along is passed on.
    """

    def __init__(self, kubeconfig):
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        self.used: set[Right] = set()
        self.refused: set[Right] = set()
        self._server = cluster["server"]
        self._ca = cluster["certificate-authority-data"]
        self._port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self):
        """The address to give to the operator in the place of the server's."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self):
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self):
        context = ssl.create_default_context(cadata=base64.b64decode(self._ca).decode())
        connector = aiohttp.TCPConnector(ssl=context, limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", self._forward)
        # Watches last for minutes: they end with the connection of whoever watches.
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def _stop(self):
        await self._runner.cleanup()
        await self._session.close()
        # Connections with TLS are taken down a moment after they are closed, as the documentation of aiohttp says.
        await asyncio.sleep(0.25)

    async def _forward(self, request):
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        body = await request.read() or None
        sent = self._session.request(request.method, self._server + request.raw_path, headers=headers, data=body)
        async with sent as answer:
            noted = self.refused if answer.status == 403 else self.used
            noted |= rights_of(request.method, request.path, "watch" in request.query, answer.status)
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
            response = web.StreamResponse(status=answer.status, headers=kept)
            with suppress(ConnectionResetError):  # an operator that ends leaves its watches
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            return response


def rights_of(method, path, is_watch, status):
    """The rights that a request needs; none for what every client may ask, such as which kinds there are."""
    parts = path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else ("".join(parts[1:2]), parts[3:])
    resource, name, *sub = [*(rest[2:] if rest[:1] == ["namespaces"] else rest), "", ""][:3]
    if not resource:
        return set()
    what = "/".join([resource, *filter(None, sub)])
    verbs = {**VERBS, "GET": "get" if name else "watch" if is_watch else "list"}
    made = {Right(group, what, "create")} if (method, status) == ("PATCH", 201) else set()
    return {Right(group, what, verbs[method]), *made}
