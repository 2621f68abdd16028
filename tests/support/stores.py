"""Stores as tests use them: an app on memory or on a server, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.shared import library_of
from pynenc.testing.builders import LEASE_SECONDS, POLICY, Store, make_end, make_new, make_request, use_clock
from pynenc.testing.clock import Clock
from support.clocks import clocked_source, redis_clock
from support.servers import raw_client

__all__ = [
    "LEASE_SECONDS",
    "POLICY",
    "Store",
    "make_end",
    "make_new",
    "make_request",
    "memory_store",
    "redis_app",
    "redis_store",
]


def memory_store() -> Store:
    """An empty store in memory."""
    clock = Clock()
    app = Pynenc(config_values={"runner_cls": "ThreadRunner"})
    use_clock(app, clock)
    return Store(app, clock)


@contextmanager
def redis_store(server: EmbeddedServer, source: str | None = None) -> Iterator[Store]:
    """An empty store on a server, of which it deletes everything. `source` is a clocked library."""
    with raw_client(server) as client:
        client.flushall()
        client.function_load(clocked_source() if source is None else source, replace=True)
        store = Store(redis_app(server), redis_clock(client))
        yield store
        library_of(store.app).close()


def redis_app(server: EmbeddedServer, app_id: str = "team-a/shop") -> Pynenc:
    """An app on a server."""
    return Pynenc(app_id=app_id, config_values={"redis_url": server.url, "socket_timeout_seconds": 5.0})
