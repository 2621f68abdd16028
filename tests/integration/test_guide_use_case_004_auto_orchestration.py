"""The promises of the guide's fourth use case: tasks wait for tasks at any depth with one slot, and block nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from pynenc.core.records import Query
from pynenc.core.status import Status
from pynenc.errors import CycleDetected
from support import guide_auto_orchestration as guide
from support.crashes import until
from support.guide_runs import PATIENCE, in_memory, on_redis

FIBONACCI_10 = 55
NESTING = 30


@pytest.fixture(scope="module", params=["memory-1", "memory-2", "redis-1", "redis-2"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One runner, of one or two threads in this process or worker processes on a server."""
    kind, _, slots = request.param.partition("-")
    guide.app.conf.app_id = "guide-004"
    if kind == "memory":
        with in_memory(guide.app, "guide-004", int(slots)):
            yield kind
    else:
        folder = tmp_path_factory.mktemp("runner")
        with on_redis(guide.app, "support.guide_auto_orchestration", folder, programs=1, slots=int(slots)):
            yield kind


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
    """What is waited for overtakes what was queued before it."""
    parent, crowd = guide.sum_of([6] * 20), [guide.fibonacci(1) for _ in range(200)]
    assert parent.get(timeout=PATIENCE) == 160
    assert [call.get(timeout=PATIENCE) for call in crowd] == [1] * 200
    records = guide.app.state_backend.query(Query(task_id=guide.fibonacci.task_id, limit=1000))
    children = [record.changed_us for record in records if record.parent_id == parent.invocation_id]
    ids = {invocation.invocation_id for invocation in crowd}
    others = [record.changed_us for record in records if record.invocation_id in ids]
    assert (len(children), len(others)) == (20, 200)
    assert sum(ended > max(children) for ended in others) > 100


def test_a_wait_for_oneself_is_refused_with_its_path(runner: str) -> None:
    invocation = guide.wait_for_oneself()
    error = invocation.exception
    assert isinstance(error, CycleDetected)
    assert invocation.invocation_id in str(error)


def test_waiting_costs_no_processor_time() -> None:
    with in_memory(guide.app, "guide-004-idle", slots=1):
        parent = guide.wait_for_delayed(2.0)
        assert until(lambda: parent.status is Status.PAUSED, PATIENCE)
        before, began = sum(os.times()[:2]), time.monotonic()
        assert parent.get(timeout=PATIENCE) == 1
        share = (sum(os.times()[:2]) - before) / (time.monotonic() - began)
    assert share < 0.2
