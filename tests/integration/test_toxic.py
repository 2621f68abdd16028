"""Runners and a client behind a proxy that loses requests and replies: nothing is lost, nothing ends twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import FINAL, Status
from pynenc.errors import BackendUnavailable, InvocationCancelled
from pynenc.invocation import Invocation
from support import crashing_tasks as tasks
from support.crashes import check_keys, running, until
from support.history import attempts, most_at_once, read_history
from support.toxic import FAULTS, toxic_proxy

SINGLES, BATCH, PARENTS, CHILDREN, ASKED = 20, 100, 6, 2, 50
LIMITS = {"three": tasks.THREE, "line": tasks.LINE}
SETTINGS = {
    "PYNENC__APP_ID": "crashing",
    "PYNENC__REDIS__SOCKET_TIMEOUT_SECONDS": "0.5",
    "PYNENC__RUNNER__SLOTS": "2",
    "PYNENC__RUNNER__AWAIT_DEFINITIONS": "true",  # the store may be away while one starts, as for a pod
    "PYNENC__RUNNER__LEASE_SECONDS": "4",
    "PYNENC__RUNNER__BEAT_SECONDS": "0.5",
    "PYNENC__RUNNER__SWEEP_SECONDS": "0.5",
    "PYNENC__RUNNER__DRAIN_SECONDS": "5",
    "PYNENC__RUNNER__MAX_LOSSES": "100",
}
LATE, LATE_SECONDS = 10, 10


def enqueued(
    call: Callable[..., Invocation[int]], expected: int, *arguments: object
) -> list[tuple[Invocation[int], int]]:
    """An invocation with the result that it must have; nothing if the store did not answer, whatever it has done."""
    try:
        return [(call(*arguments), expected)]
    except BackendUnavailable:
        return []


def submit() -> list[tuple[Invocation[int], int]]:
    """Enqueue one by one and in batches, under limits and without."""
    known = []
    for number in range(SINGLES):
        known += enqueued(tasks.instant, number, number)
        known += enqueued(tasks.third_time_lucky, number, number)
        known += enqueued(tasks.on_the_line, number, number)
        known += enqueued(tasks.one_per_key, number, str(number % 3), number)
        known += enqueued(tasks.merged, number % 4, number % 4)
    for number in range(PARENTS):
        known += enqueued(tasks.add_doubles, 2 * CHILDREN * number, [number] * CHILDREN)
        known += enqueued(tasks.wait_on_the_line, CHILDREN * number, [number] * CHILDREN)
        known += enqueued(tasks.merge_two, 2 * number, number)
        known += enqueued(tasks.late_once, number, number)
    for task in (tasks.instant, tasks.one_of_three):
        batch = task.parallelize([(number,) for number in range(BATCH)])
        known += list(zip(batch.invocations, range(BATCH), strict=True))
    return known


def submit_late() -> list[tuple[Invocation[int], int]]:
    """Some that have not begun when they are cancelled, however fast the others are."""
    late = tasks.instant.with_options(delay=LATE_SECONDS)
    return [found for number in range(LATE) for found in enqueued(late, number, number)]


def cancel_some(known: list[tuple[Invocation[int], int]]) -> set[Invocation[int]]:
    """Ask for the end of each; whether the store has heard of it is not always known."""
    for invocation, _ in known:
        with suppress(BackendUnavailable):
            invocation.cancel()
    return {invocation for invocation, _ in known}


def cancelled_of(known: list[tuple[Invocation[int], int]]) -> set[Invocation[int]]:
    """Those that were cancelled, once each of the others is known to have its right result."""
    cancelled = set()
    for invocation, result in known:
        try:
            assert invocation.get(timeout=5) == result
        except InvocationCancelled:
            cancelled.add(invocation)
    return cancelled


def check_history(app: Pynenc, known: list[tuple[Invocation[int], int]], path: Path) -> None:
    """No attempt was run twice, and as many outcomes were accepted as there are invocations."""
    lines = read_history(path)
    starts = attempts(lines)
    assert {attempt for attempt, number in starts.items() if number > 1} == set()
    most = most_at_once(lines)
    assert most.keys() >= LIMITS.keys()
    assert {limit for limit, number in most.items() if number > LIMITS.get(limit, tasks.PER_KEY)} == set()
    names = {name for name, _ in starts} | {invocation.invocation_id for invocation, _ in known}
    counts = app.orchestrator.counts()
    assert counts.total(Status.FAILED) == 0
    assert sum(counts.total(status) for status in FINAL) >= len(names)


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
        tasks.app.conf.redis_url = proxy.url
        settings = {**SETTINGS, "PYNENC__REDIS_URL": proxy.url}
        with running(1, 2, "support.crashing_tasks:app", settings, tmp_path) as runners:
            known, late = submit(), submit_late()
            to_cancel = cancel_some(known[::12] + late)
            known += late
            assert until(lambda: not open_invocations(app), 80), f"not done: {app.orchestrator.counts()}"
            cancelled = cancelled_of(known[:ASKED])
            tasks.app.conf.redis_url = server.url  # the rest is asked for directly, which is quicker
            cancelled |= cancelled_of(known[ASKED:])
            assert set() < cancelled <= to_cancel
            check_history(app, known, tmp_path / "history")
            assert runners.stop(20.0) == [0, 0], runners.log_text()[-2000:]
        assert {fault.split()[1] for fault in proxy.faults} == set(FAULTS), proxy.faults
        check_keys(server, "crashing")
