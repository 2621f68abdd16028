"""`/healthz`, `/readyz` and `/metrics` of a runner, answered by threads of the supervisor, which runs no task."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from functools import partial
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from pynenc.errors import ConfigurationError
from pynenc.runner.metrics import CONTENT_TYPE, Figures

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

TEXT = "text/plain; charset=utf-8"


class Health:
    """Whether the supervisor goes round, and whether it may be counted on."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._ticked_at = time.monotonic()
        self._is_ready = False

    def tick(self, *, is_ready: bool) -> None:
        """The supervisor has gone round once more."""
        self._ticked_at, self._is_ready = time.monotonic(), is_ready

    @property
    def is_alive(self) -> bool:
        """Whether it has gone round lately; it does so at least at every sweep."""
        return time.monotonic() - self._ticked_at < self._patience

    @property
    def is_ready(self) -> bool:
        """Whether it is alive, has workers, reaches the store and does not end."""
        return self.is_alive and self._is_ready


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Take the port, without asking a name server for the name of this machine, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "runner", self.server_address[1]
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_args: Any) -> None:
        """Say nothing: probes come every few seconds."""


def answer(path: str, health: Health, figures: Figures) -> tuple[str, str, bytes]:
    """Status line, content type and body for a path."""
    if path == "/metrics":
        return "200 OK", CONTENT_TYPE, figures.text()
    if path not in ("/healthz", "/readyz"):
        return "404 Not Found", TEXT, b"there are /healthz, /readyz and /metrics"
    is_good = health.is_alive if path == "/healthz" else health.is_ready
    return ("200 OK", TEXT, b"ok") if is_good else ("503 Service Unavailable", TEXT, b"no")


def _serve(health: Health, figures: Figures, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    status, content_type, body = answer(environ.get("PATH_INFO", ""), health, figures)
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


class Endpoint:
    """Serves while its block runs; port 0 serves nothing.

    Raises:
        ConfigurationError: the port cannot be used.
    """

    def __init__(self, port: int, health: Health, figures: Figures) -> None:
        self._server: _Server | None = None
        if port:
            try:
                self._server = _Server(("", port), _Quiet)
            except OSError as error:
                raise ConfigurationError(f"http_port {port} cannot be used ({error.strerror}); set another") from error
            self._server.set_app(partial(_serve, health, figures))

    def __enter__(self) -> Endpoint:
        if self._server is not None:
            threading.Thread(target=self._server.serve_forever, name="pynenc-http", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
