"""Real runners on a real server, killed at random: nothing is lost, nothing ends twice, nothing is left over."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.keys import Keys
from pynenc.core.status import FINAL, Status
from pynenc.invocation import Invocation
from pynenc.task import Task
from support import crashing_tasks
from support.crashes import PERMANENT, Runners, read_history, running, until
from support.servers import raw_client

SEEDS = [int(seed) for seed in os.environ.get("PYNENC_CRASH_SEEDS", "1").split()]
SCALE = int(os.environ.get("PYNENC_CRASH_SCALE", "1"))
"""How many times the least run: 1 is 500 invocations."""
SHORT, INSTANT, UNLUCKY, PARENTS, CHILDREN = 280 * SCALE, 100 * SCALE, 30 * SCALE, 30 * SCALE, 2
"""Short and instant ones, some that fail twice, and parents that wait for 2 children each: 500 when all is done."""
TOTAL = SHORT + INSTANT + UNLUCKY + PARENTS + PARENTS * CHILDREN
DONE_BETWEEN_CRASHES, CALM_FROM = 12, TOTAL - 60
MOST_SECONDS, FROZEN_SECONDS = 120.0 * SCALE, 4.0
"""A process is frozen for up to twice the lease."""
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__RUNNER__SLOTS": "2",
    "PYNENC__RUNNER__LEASE_SECONDS": "2",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__DRAIN_SECONDS": "5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}


class Submitted:
    """What was enqueued, with the results that it must have."""

    def __init__(self) -> None:
        self.expected: list[tuple[Invocation[int], int]] = []
        self._batch(crashing_tasks.double, SHORT // 2, 2)
        for number in range(SHORT - SHORT // 2):
            self.expected.append((crashing_tasks.double(number), 2 * number))
        for number in range(PARENTS):
            self.expected.append((crashing_tasks.add_doubles([number] * CHILDREN), 2 * CHILDREN * number))
        self._batch(crashing_tasks.third_time_lucky, UNLUCKY, 1)
        self._batch(crashing_tasks.instant, INSTANT, 1)

    def _batch(self, task: Task[..., int], size: int, factor: int) -> None:
        batch = task.parallelize([(number,) for number in range(size)])
        self.expected += zip(batch.invocations, range(0, factor * size, factor), strict=True)


def ended(app: Pynenc) -> bool:
    """Whether all that was enqueued has ended."""
    counts = app.orchestrator.counts()
    return counts.total(Status.SUCCESS) >= TOTAL and not any(
        number for by_status in counts.by_task.values() for status, number in by_status.items() if status not in FINAL
    )


def crash(number: int, runners: Runners, server: EmbeddedServer) -> None:
    """Kill or freeze something; the server is killed, and started again on its data, each eighth time."""
    if number % 8 == 7:
        server.kill()
        server.start()
    elif number % 4 == 1:
        runners.freeze(FROZEN_SECONDS)
    else:
        runners.crash()


def crash_until_all_has_ended(app: Pynenc, runners: Runners, server: EmbeddedServer) -> int:
    """Crash something each time a little has been done, then let the rest come to its end; how many crashes.

    Crashes follow the work and not the clock, so a slow machine has as many, and the work always comes on.
    """
    deadline, next_crash, crashes = time.monotonic() + MOST_SECONDS, 0, 0
    while not ended(app):
        assert time.monotonic() < deadline, f"not done in time: {app.orchestrator.counts()}"
        runners.check_alive()
        runners.thaw()
        done = app.orchestrator.counts().total(Status.SUCCESS)
        if next_crash <= done < CALM_FROM:
            crash(crashes, runners, server)
            crashes, next_crash = crashes + 1, done + DONE_BETWEEN_CRASHES
        time.sleep(0.02)
    runners.thaw(all_of_them=True)
    return crashes


@pytest.mark.timeout(180 * SCALE)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_ends_twice(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with EmbeddedServer(folder) as server:
        app = Pynenc(app_id="crashing", config_values={"redis_url": server.url})
        crashing_tasks.app.conf.redis_url = server.url
        app.orchestrator.open()
        submitted = Submitted()
        settings = {**SETTINGS, "PYNENC__REDIS_URL": server.url}
        with running(seed, 2, "support.crashing_tasks:app", settings, tmp_path) as runners:
            crashes = crash_until_all_has_ended(app, runners, server)
            assert crashes >= 16, "the server was killed at least twice"
            assert min(runners.worker_kills, runners.runner_kills, runners.freezes) > 1
            check_outcomes(app, submitted)
            check_history(app, tmp_path / "history")
            assert runners.stop(20.0) == [0, 0]
            assert until(lambda: not runners.left(), 10), f"still there: {runners.left()}"
        check_keys(server)


def check_outcomes(app: Pynenc, submitted: Submitted) -> None:
    """Each has its own right result, and as many outcomes were accepted as there are invocations."""
    results = app.state_backend.records([invocation.invocation_id for invocation, _ in submitted.expected])
    assert all(record is not None for record in results), "lost"
    wanted = [expected for _, expected in submitted.expected]
    assert [invocation.get(timeout=1) for invocation, _ in submitted.expected] == wanted
    assert app.orchestrator.counts().total(Status.FAILED) == 0


def check_history(app: Pynenc, path: Path) -> None:
    """No attempt was run twice, and the store has seen every attempt that has left a trace."""
    lines = read_history(path)
    starts = Counter((line.invocation_id, line.attempt) for line in lines if line.kind == "start")
    assert {attempt for attempt, number in starts.items() if number > 1} == set()
    last = {name: max(attempt for other, attempt in starts if other == name) for name, _ in starts}
    records = app.state_backend.records(sorted(last))
    assert all(record is not None and record.status is Status.SUCCESS for record in records)
    assert all(record.attempt >= last[record.invocation_id] for record in records if record)
    assert any(record.losses for record in records if record), "no crash has hit anything"
    assert app.orchestrator.counts().total(Status.SUCCESS) == len(records)


def check_keys(server: EmbeddedServer) -> None:
    """With all runners gone, only what is permanent has no time to live."""
    prefix = Keys.of_app("crashing").prefix
    with raw_client(server) as client:
        lasting = {key.decode() for key in client.scan_iter() if client.ttl(key) == -1}
    assert lasting == {f"{prefix}:{name}" for name in PERMANENT}
