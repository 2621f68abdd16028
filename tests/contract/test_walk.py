"""Whatever is asked in whatever order, the keys in Redis are consistent, and memory and Redis give the same answers.

`PYNENC_WALK=first:seeds:steps` chooses other seeds, for example `1000:500:400`.
"""

from __future__ import annotations

import os

import pytest

from pynenc._redis.embedded import EmbeddedServer
from support.servers import raw_client
from support.stores import memory_store, redis_store
from support.walk.walker import Walk

FIRST, SEEDS, STEPS = map(int, os.environ.get("PYNENC_WALK", "1:25:200").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_redis_stays_consistent_and_memory_answers_alike(clocked_server: EmbeddedServer, seed: int) -> None:
    with redis_store(clocked_server) as remote, raw_client(clocked_server) as client:
        Walk(seed, remote, client, memory_store()).run(STEPS)
