"""A limit holds while workers and whole runners are killed, as seen by a history that the tasks write themselves."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import FINAL, Status
from support import crashing_tasks as tasks
from support.crashes import Runners, check_keys, running
from support.history import Absence, Line, attempts, most_at_once, read_history

CALLS, DONE_BETWEEN_CRASHES, CALM_LAST = 1_000, 80, 100
MOST_SECONDS = 90.0
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__RUNNER__SLOTS": "3",
    "PYNENC__RUNNER__LEASE_SECONDS": "2",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}


def ended() -> int:
    """How many invocations have ended."""
    counts = tasks.app.orchestrator.counts()
    return sum(counts.total(status) for status in FINAL)


def crash_until_all_has_ended(runners: Runners) -> None:
    """Kill a worker or a runner each time a little has been done."""
    deadline, next_crash = time.monotonic() + MOST_SECONDS, DONE_BETWEEN_CRASHES
    while (done := ended()) < CALLS:
        assert time.monotonic() < deadline, f"not done in time: {tasks.app.orchestrator.counts()}"
        runners.check_alive()
        if next_crash <= done < CALLS - CALM_LAST:
            runners.crash()
            next_crash = done + DONE_BETWEEN_CRASHES
        time.sleep(0.02)


@pytest.mark.timeout(150)
def test_1000_invocations_under_a_limit_of_3_never_run_4_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with EmbeddedServer(folder) as server:
        tasks.app.conf.redis_url = server.url
        tasks.app.orchestrator.open()
        batch = tasks.one_of_three.parallelize([(number,) for number in range(CALLS)])
        settings = {**SETTINGS, "PYNENC__REDIS_URL": server.url}
        with running(1, 2, "support.crashing_tasks:app", settings, tmp_path) as runners:
            crash_until_all_has_ended(runners)
            assert min(runners.worker_kills, runners.runner_kills) > 1
            assert batch.get(timeout=5) == list(range(CALLS))
            lines = read_history(tmp_path / "history")
            assert most_at_once(lines, runners.absences) == {"three": 3}, "the limit is used, and holds"
            assert tasks.app.orchestrator.counts().total(Status.SUCCESS) == CALLS
            assert max(attempts(lines).values()) == 1
            assert any(attempt > 1 for _, attempt in attempts(lines)), "no crash has hit anything"
            assert runners.stop(20.0) == [0, 0]
        check_keys(server, "crashing")


def line(kind: str, name: str, pid: int, at: float) -> Line:
    """A line of a first attempt under one limit."""
    return Line(kind, name, 1, pid, at, ("three",))


def test_the_history_tells_how_many_ran_at_once() -> None:
    four = [line("start", f"i{n}", n, n) for n in range(4)] + [line("end", f"i{n}", n, 4 + n) for n in range(4)]
    assert most_at_once(four) == {"three": 4}
    follow = [line("start", "a", 1, 1.0), line("end", "a", 1, 2.0), line("start", "b", 2, 2.0)]
    assert most_at_once(follow) == {"three": 1}


def test_a_killed_process_runs_nothing_any_more_and_a_frozen_one_did_until_then() -> None:
    pair = [line("start", "a", 1, 1.0), line("start", "b", 2, 3.0), line("end", "b", 2, 5.0), line("end", "a", 1, 9.0)]
    assert most_at_once(pair) == {"three": 2}
    assert most_at_once(pair[:3], [Absence(1, 4.0)]) == {"three": 2}
    assert most_at_once(pair[:3], [Absence(1, 2.0)]) == {"three": 1}
    assert most_at_once(pair, [Absence(1, 2.0, 8.0)]) == {"three": 1}
    assert most_at_once(pair, [Absence(1, 0.0, 0.5)]) == {"three": 2}
