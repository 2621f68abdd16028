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
from pynenc.core.status import Status
from pynenc.invocation import Invocation
from support import crashing_tasks
from support.crashes import Runners, read_history, running, until
from support.servers import raw_client

SEED = int(os.environ.get("PYNENC_CRASH_SEED", "1"))
PLAIN, PARENTS, CHILDREN = 410, 30, 2
"""410 plain invocations, and 30 parents that wait for 2 children each: 500 when nothing is done twice."""
DONE_BETWEEN_KILLS, CALM_FROM = 12, 440
MOST_SECONDS = 120.0
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__RUNNER__SLOTS": "2",
    "PYNENC__RUNNER__LEASE_SECONDS": "2",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__DRAIN_SECONDS": "5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}


def ended(app: Pynenc) -> bool:
    """Whether all that was enqueued has ended."""
    counts = app.orchestrator.counts()
    return counts.total(Status.SUCCESS) >= PLAIN + PARENTS + PARENTS * CHILDREN and all(
        not number
        for by_status in counts.by_task.values()
        for status, number in by_status.items()
        if status not in (Status.SUCCESS, Status.FAILED)
    )


def crash_until_all_has_ended(app: Pynenc, runners: Runners) -> None:
    """Kill something each time a little has been done, then let the rest come to its end.

    Kills follow the work and not the clock, so a slow machine has as many, and the work always comes on.
    """
    deadline, next_kill = time.monotonic() + MOST_SECONDS, 0
    while not ended(app):
        assert time.monotonic() < deadline, f"not done in time: {app.orchestrator.counts()}"
        runners.check_alive()
        done = app.orchestrator.counts().total(Status.SUCCESS)
        if next_kill <= done < CALM_FROM:
            runners.crash()
            next_kill = done + DONE_BETWEEN_KILLS
        time.sleep(0.02)


@pytest.mark.timeout(180)
def test_nothing_is_lost_and_nothing_ends_twice(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with EmbeddedServer(folder) as server:
        app = crashing_tasks.app
        app.conf.redis_url = server.url
        app.orchestrator.open()
        singles = [crashing_tasks.double(number) for number in range(PLAIN)]
        parents = [crashing_tasks.add_doubles([number] * CHILDREN) for number in range(PARENTS)]
        with running(
            SEED, 2, "support.crashing_tasks:app", {**SETTINGS, "PYNENC__REDIS_URL": server.url}, tmp_path
        ) as runners:
            crash_until_all_has_ended(app, runners)
            assert runners.worker_kills > 5
            assert runners.runner_kills > 1
            check_outcomes(app, singles, parents)
            check_history(app, tmp_path / "history")
            assert runners.stop(20.0) == [0, 0]
            assert until(lambda: not runners.left(), 10), f"still there: {runners.left()}"
        check_keys(server)


def check_outcomes(app: Pynenc, singles: list[Invocation[int]], parents: list[Invocation[int]]) -> None:
    """Each has its own right result, and as many outcomes were accepted as there are invocations."""
    assert [single.get(timeout=1) for single in singles] == [2 * number for number in range(PLAIN)]
    assert [parent.get(timeout=1) for parent in parents] == [2 * CHILDREN * number for number in range(PARENTS)]
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
    assert lasting == {f"{prefix}:{name}" for name in ("meta", "seq", "cnt")}
