"""Memory and Redis give the same answers on the same steps, and the keys are consistent after every one of them.

`PYNENC_WALK=first:seeds:steps` chooses other seeds, for example `1000:500:400`.
"""

from __future__ import annotations

import os

import pytest

from pynenc._redis.embedded import EmbeddedServer
from support.servers import raw_client
from support.stores import redis_store
from support.walk.walker import Walk

FIRST, SEEDS, STEPS = map(int, os.environ.get("PYNENC_WALK", "1:20:200").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_both_stores_agree_and_stay_consistent(clocked_server: EmbeddedServer, seed: int) -> None:
    with redis_store(clocked_server) as remote, raw_client(clocked_server) as client:
        Walk(seed, remote, client).run(STEPS)
