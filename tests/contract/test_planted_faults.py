"""The walk is worth its time only if it finds mistakes: each planted one must be found, and none that is not there."""

from __future__ import annotations

import pytest

from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.source import library_source
from support.clocks import clocked_source
from support.faults import FAULTS, Fault
from support.servers import raw_client
from support.stores import memory_store, redis_store
from support.walk.walker import Walk

SEEDS, STEPS = range(1, 26), 200
"""`test_walk` passes the same seeds on the library as it is."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_walk_finds(clocked_server: EmbeddedServer, fault: Fault) -> None:
    source = clocked_source(fault.planted_in(library_source()))
    for seed in SEEDS:
        with redis_store(clocked_server, source) as remote, raw_client(clocked_server) as client:
            try:
                Walk(seed, remote, client, memory_store()).run(STEPS)
            except AssertionError:
                return
    pytest.fail(f"{len(SEEDS)} walks did not notice that {fault.name}")
