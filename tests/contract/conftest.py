"""Servers and stores of the contract ring. One server per pytest process has its clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pynenc._redis.embedded import EmbeddedServer
from support.servers import running_server
from support.stores import Store, memory_store, redis_store


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """A server with the library as it is shipped."""
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def clocked_server() -> Iterator[EmbeddedServer]:
    """A server whose library has the clock of the test; `redis_store` empties it.

    Its timer is fast, since it ends blocking pops that find nothing.
    """
    with running_server(options=("--hz", "500")) as running:
        yield running


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "memory":
        yield memory_store()
    else:
        with redis_store(request.getfixturevalue("clocked_server")) as found:
            yield found
