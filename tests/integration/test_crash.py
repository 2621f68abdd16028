"""Real runners on a real server, killed at random: nothing is lost, nothing ends twice, nothing is left over."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import FINAL, Status
from pynenc.errors import InvocationCancelled
from pynenc.invocation import Invocation
from support import crashing_tasks as tasks
from support.crashes import Runners, check_keys, running, until
from support.history import attempts, most_at_once, read_history

SEEDS = [int(seed) for seed in os.environ.get("PYNENC_CRASH_SEEDS", "1").split()]
SCALE = int(os.environ.get("PYNENC_CRASH_SCALE", "1"))
"""How many times the least run: 1 is 500 invocations."""
Call = Callable[[], Invocation[int]]
Expected = tuple[Invocation[int], int]
DONE_BETWEEN_CRASHES, CALM_LAST = 12, 60
MOST_SECONDS, FROZEN_SECONDS = 120.0 * SCALE, 4.0
"""A process is frozen for up to twice the lease."""
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__RUNNER__SLOTS": "2",
    "PYNENC__RUNNER__AWAIT_DEFINITIONS": "true",  # the store may be away while one starts, as for a pod
    "PYNENC__RUNNER__LEASE_SECONDS": "2",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__DRAIN_SECONDS": "5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}
LIMITS = {"three": tasks.THREE, "line": tasks.LINE}


def calls() -> list[tuple[Call, int]]:
    """Calls of every kind with the results that they must have: 500 invocations when all is done, with children."""
    kinds: list[tuple[int, Callable[[int], Call], Callable[[int], int]]] = [
        (60, lambda n: partial(tasks.double, n), lambda n: 2 * n),
        (20, lambda n: partial(tasks.add_doubles, [n, n]), lambda n: 4 * n),
        (90, lambda n: partial(tasks.instant, n), lambda n: n),
        (20, lambda n: partial(tasks.third_time_lucky, n), lambda n: n),
        (80, lambda n: partial(tasks.one_of_three, n), lambda n: n),
        (40, lambda n: partial(tasks.one_per_key, str(n % 8), n), lambda n: n),
        (30, lambda n: partial(tasks.on_the_line, n), lambda n: n),
        (10, lambda n: partial(tasks.wait_on_the_line, [n, n + 1]), lambda n: 2 * n + 1),
        (30, lambda n: partial(tasks.merged, n % 10), lambda n: n % 10),
        (10, lambda n: partial(tasks.merge_two, n % 5), lambda n: 2 * (n % 5)),
        (10, lambda n: partial(tasks.late_once, n), lambda n: n),
        (20, lambda n: partial(tasks.double.with_options(delay=n % 4 + 1), n), lambda n: 2 * n),
    ]
    return [(call(n), result(n)) for size, call, result in kinds for n in range(size * SCALE)]


class Submitted:
    """What was enqueued, with the results that it must have unless it is cancelled."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        mixed = calls()
        self._random.shuffle(mixed)
        batch = tasks.double.parallelize([(number,) for number in range(60 * SCALE)])
        self.expected: list[Expected] = [(invocation, 2 * n) for n, invocation in enumerate(batch)]
        self.expected += [(call(), result) for call, result in mixed]
        self.cancelled: set[Invocation[int]] = set()

    def cancel_one(self) -> None:
        """Cancel one that nobody waits for, wherever it stands, if it has not ended."""
        invocation, _ = self._random.choice(self.expected)
        if invocation.cancel():
            self.cancelled.add(invocation)

    @property
    def ids(self) -> set[str]:
        """All of them; calls that were merged have one."""
        return {invocation.invocation_id for invocation, _ in self.expected}


def progress(app: Pynenc) -> tuple[int, int]:
    """How many have ended, and how many have not."""
    counts = app.orchestrator.counts()
    done = sum(counts.total(status) for status in FINAL)
    return done, sum(number for row in counts.by_task.values() for number in row.values()) - done


def crash(number: int, runners: Runners, server: EmbeddedServer) -> None:
    """Kill or freeze something; the server is killed, and started again on its data, each eighth time."""
    if number % 8 == 7:
        server.kill()
        server.start()
    elif number % 4 == 1:
        runners.freeze(FROZEN_SECONDS)
    else:
        runners.crash()


def crash_until_all_has_ended(app: Pynenc, runners: Runners, server: EmbeddedServer, submitted: Submitted) -> int:
    """Crash something each time a little has been done, then let the rest come to its end; how many crashes.

    Crashes follow the work and not the clock, so a slow machine has as many, and the work always comes on.
    """
    deadline, next_crash, crashes = time.monotonic() + MOST_SECONDS, 0, 0
    while (ended := progress(app))[1]:
        assert time.monotonic() < deadline, f"not done in time: {app.orchestrator.counts()}"
        runners.check_alive()
        runners.thaw()
        done, left = ended
        if next_crash <= done and left > CALM_LAST:
            submitted.cancel_one()
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
        tasks.app.conf.redis_url = server.url
        app.orchestrator.open()
        submitted = Submitted(seed)
        settings = {**SETTINGS, "PYNENC__REDIS_URL": server.url}
        with running(seed, 2, "support.crashing_tasks:app", settings, tmp_path) as runners:
            crashes = crash_until_all_has_ended(app, runners, server, submitted)
            assert crashes >= 16, "the server was killed at least twice"
            assert min(runners.worker_kills, runners.runner_kills, runners.freezes) > 1
            check_outcomes(app, submitted)
            check_history(app, submitted, tmp_path / "history")
            check_limits(runners, tmp_path / "history")
            killed = f"{runners.worker_kills} workers and {runners.runner_kills} runners killed"
            done, frozen = progress(app)[0], f"{runners.freezes} frozen, the server killed {crashes // 8} times"
            sys.stdout.write(f"seed {seed}: {done} invocations, {killed}, {frozen}; {tally(app, submitted)}\n")
            assert runners.stop(20.0) == [0, 0]
            assert until(lambda: not runners.left(), 10), f"still there: {runners.left()}"
        check_keys(server, "crashing")


def tally(app: Pynenc, submitted: Submitted) -> str:
    """What crashes and cancelling have hit among those that were submitted here."""
    records = [record for record in app.state_backend.records(sorted(submitted.ids)) if record is not None]
    lost = sum(record.losses > 0 for record in records)
    cancelled = sum(record.status is Status.CANCELLED for record in records)
    return f"{lost} were lost with a worker, {cancelled} cancelled"


def check_outcomes(app: Pynenc, submitted: Submitted) -> None:
    """Each has its own right result, or was cancelled when it was asked to."""
    records = app.state_backend.records(sorted(submitted.ids))
    assert all(record is not None for record in records), "lost"
    assert app.orchestrator.counts().total(Status.FAILED) == 0
    cancelled = 0
    for invocation, result in submitted.expected:
        try:
            assert invocation.get(timeout=1) == result
        except InvocationCancelled:
            cancelled += 1
            assert invocation in submitted.cancelled, f"{invocation} was cancelled by nobody"
    assert cancelled, "nothing was cancelled before it had ended"


def check_history(app: Pynenc, submitted: Submitted, path: Path) -> None:
    """No attempt was run twice, every attempt is known, and as many outcomes were accepted as there are invocations."""
    starts = attempts(read_history(path))
    assert {attempt for attempt, number in starts.items() if number > 1} == set()
    last = {name: max(attempt for other, attempt in starts if other == name) for name, _ in starts}
    records = app.state_backend.records(sorted({*last, *submitted.ids}))
    assert all(record is not None and record.status in FINAL for record in records)
    assert all(record.attempt >= last.get(record.invocation_id, 0) for record in records if record)
    assert any(record.losses for record in records if record), "no crash has hit anything"
    done, left = progress(app)
    assert (done, left) == (len(records), 0)
    assert done >= 500 * SCALE


def check_limits(runners: Runners, path: Path) -> None:
    """Under no limit more has run at once than it allows."""
    most = most_at_once(read_history(path), runners.absences)
    over = {limit: number for limit, number in most.items() if number > LIMITS.get(limit, tasks.PER_KEY)}
    assert not over, f"at once under a limit: {over}"
    assert most.keys() >= LIMITS.keys()
