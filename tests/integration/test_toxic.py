"""Runners and a client behind a proxy that loses requests and replies: nothing is lost, nothing ends twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.keys import Keys
from pynenc.core.status import FINAL, Status
from pynenc.errors import BackendUnavailable
from pynenc.invocation import Invocation
from support import crashing_tasks
from support.crashes import PERMANENT, running, until
from support.servers import raw_client
from support.toxic import FAULTS, toxic_proxy

SINGLES, BATCH, PARENTS, CHILDREN = 20, 100, 6, 2
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__REDIS__SOCKET_TIMEOUT_SECONDS": "0.5",
    "PYNENC__RUNNER__SLOTS": "2",
    "PYNENC__RUNNER__LEASE_SECONDS": "4",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__DRAIN_SECONDS": "5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}


def enqueued(
    call: Callable[..., Invocation[int]], expected: int, *arguments: object
) -> list[tuple[Invocation[int], int]]:
    """An invocation with the result that it must have; nothing if the store did not answer, whatever it has done."""
    try:
        return [(call(*arguments), expected)]
    except BackendUnavailable:
        return []


def submit() -> list[tuple[Invocation[int], int]]:
    """Enqueue one by one and in batches."""
    known = []
    for number in range(SINGLES):
        known += enqueued(crashing_tasks.instant, number, number)
        known += enqueued(crashing_tasks.third_time_lucky, number, number)
    for number in range(PARENTS):
        doubles = [number] * CHILDREN
        known += enqueued(crashing_tasks.add_doubles, 2 * CHILDREN * number, doubles)
    batch = crashing_tasks.instant.parallelize([(number,) for number in range(BATCH)])
    return known + list(zip(batch.invocations, range(BATCH), strict=True))


def open_invocations(app: Pynenc) -> int:
    """How many have not ended."""
    by_task = app.orchestrator.counts().by_task.values()
    return sum(number for row in by_task for status, number in row.items() if status not in FINAL)


@pytest.mark.timeout(120)
def test_lost_requests_and_replies_lose_nothing_and_end_nothing_twice(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with EmbeddedServer(folder) as server, toxic_proxy(folder / "server.sock", 1) as proxy:
        app = Pynenc(app_id="crashing", config_values={"redis_url": server.url})
        app.orchestrator.open()
        crashing_tasks.app.conf.redis_url = proxy.url
        settings = {**SETTINGS, "PYNENC__REDIS_URL": proxy.url}
        with running(1, 2, "support.crashing_tasks:app", settings, tmp_path) as runners:
            known = submit()
            assert until(lambda: not open_invocations(app), 80), f"not done: {app.orchestrator.counts()}"
            records = app.state_backend.records([invocation.invocation_id for invocation, _ in known])
            assert {record.status if record else None for record in records} == {Status.SUCCESS}
            assert [invocation.get(timeout=5) for invocation, _ in known] == [expected for _, expected in known]
            assert app.orchestrator.counts().total(Status.FAILED) == 0
            assert runners.stop(20.0) == [0, 0], runners.log_text()[-2000:]
        assert {fault.split()[1] for fault in proxy.faults} == set(FAULTS), proxy.faults
        with raw_client(server) as client:
            lasting = {
                key.decode().removeprefix(Keys.of_app("crashing").prefix + ":")
                for key in client.scan_iter()
                if client.ttl(key) == -1
            }
        assert lasting == PERMANENT
