"""The promises of the guide's fourth use case: tasks wait for tasks at any depth with one slot, and block nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pynenc.core.records import Query
from pynenc.core.status import Status
from pynenc.errors import CycleDetected
from support import guide_auto_orchestration as guide
from support.crashes import until
from support.guide_runs import PATIENCE, in_memory, on_redis

FIBONACCI_10 = 55
NESTING = 30
CROWD = 200


@pytest.fixture(scope="module", params=["memory-1", "memory-2", "redis-1", "redis-2"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One runner, of one or two threads in this process or worker processes on a server."""
    kind, _, slots = request.param.partition("-")
    guide.app.conf.app_id = "guide-004"
    if kind == "memory":
        with in_memory(guide.app, "guide-004", int(slots)):
            yield request.param
    else:
        folder = tmp_path_factory.mktemp("runner")
        with on_redis(guide.app, "support.guide_auto_orchestration", folder, programs=1, slots=int(slots)):
            yield request.param


def finished_below(parent: str) -> int:
    """How many children of an invocation have succeeded."""
    query = Query(task_id=guide.fibonacci.task_id, statuses=frozenset({Status.SUCCESS}), limit=10_000)
    return sum(record.parent_id == parent for record in guide.app.state_backend.query(query))


def claims_of(parent: str, number: int) -> list[int]:
    """When each child that was called with this number was first claimed."""
    records = guide.app.state_backend.query(Query(task_id=guide.fibonacci.task_id, limit=10_000))
    payload = guide.fibonacci.payloads.dump_arguments((number,), {})
    children = [record for record in records if (record.parent_id, record.arguments) == (parent, payload)]
    return [time_of(record.invocation_id, Status.PENDING, Status.RUNNING) for record in children]


def time_of(invocation_id: str, *statuses: Status) -> int:
    """When an invocation, all of whose history is kept, was first in one of these."""
    history = guide.app.state_backend.history(invocation_id)
    return next(change.at_us for change in history if change.status in statuses)


def test_fibonacci_by_results_inside_tasks(runner: str) -> None:
    assert guide.fibonacci(10).get(timeout=PATIENCE) == FIBONACCI_10


def test_a_chain_of_any_depth_ends_with_one_slot(runner: str) -> None:
    assert guide.chain(NESTING).get(timeout=PATIENCE) == NESTING


def test_async_waits_work_as_sync_ones_do(runner: str) -> None:
    assert guide.fibonacci_async(8).get(timeout=PATIENCE) == 21


def test_a_task_waits_for_a_group(runner: str) -> None:
    assert guide.sum_of([1, 2, 3, 4, 5]).get(timeout=PATIENCE) == 12


def test_waiting_frees_the_slot(runner: str) -> None:
    parents = [guide.wait_for_delayed(3.0) for _ in range(4)]
    assert until(lambda: all(parent.status is Status.PAUSED for parent in parents), PATIENCE)
    assert guide.fibonacci(1).get(timeout=PATIENCE) == 1
    assert {parent.status for parent in parents} == {Status.PAUSED}
    assert [parent.get(timeout=PATIENCE) for parent in parents] == [1] * 4


def test_dependencies_run_first(runner: str) -> None:
    """From the moment of the wait on, none of those queued before is claimed while a child still waits in the queue."""
    parent = guide.sum_behind_a_crowd.with_options(history="full")(CROWD)
    assert parent.get(timeout=PATIENCE) == 160
    assert until(lambda: finished_below(parent.invocation_id) == CROWD + 20, PATIENCE)
    children, crowd = claims_of(parent.invocation_id, 6), claims_of(parent.invocation_id, 1)
    paused = time_of(parent.invocation_id, Status.PAUSED)
    later = [claimed for claimed in crowd if claimed > paused]
    assert (len(children), len(crowd)) == (20, CROWD)
    assert [claimed for claimed in later if claimed < max(children)] == []
    assert runner.endswith("2") or len(later) == CROWD  # beside a parent in the only slot, none is claimed before


def test_a_wait_for_oneself_is_refused_with_its_path(runner: str) -> None:
    invocation = guide.wait_for_oneself()
    error = invocation.exception
    assert isinstance(error, CycleDetected)
    assert invocation.invocation_id in str(error)


def test_waiting_costs_no_processor_time() -> None:
    with in_memory(guide.app, "guide-004-idle", slots=1):
        assert share_used_by_a_wait(lambda: sum(os.times()[:2])) < 0.2


def test_waiting_costs_worker_processes_no_processor_time(tmp_path: Path) -> None:
    guide.app.conf.app_id = "guide-004-idle"
    with on_redis(guide.app, "support.guide_auto_orchestration", tmp_path, programs=1, slots=1) as runners:
        assert guide.fibonacci(1).get(timeout=PATIENCE) == 1
        assert share_used_by_a_wait(lambda: sum(map(seconds_used, runners.left()))) < 0.2


def share_used_by_a_wait(used: Callable[[], float]) -> float:
    """Which part of a processor is used while a task waits for another one that is delayed."""
    parent = guide.wait_for_delayed(3.0)
    assert until(lambda: parent.status is Status.PAUSED, PATIENCE)
    before, began = used(), time.monotonic()
    assert until(lambda: time.monotonic() - began > 2 or parent.status is not Status.PAUSED, PATIENCE)
    share = (used() - before) / (time.monotonic() - began)
    assert parent.get(timeout=PATIENCE) == 1
    return share


def seconds_used(pid: int) -> float:
    """Processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
