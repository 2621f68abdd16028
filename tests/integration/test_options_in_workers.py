"""What workers, threads and processes, make of options: of the task, and of the single call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from pynenc.core.records import NewInvocation
from pynenc.core.status import Status
from pynenc.errors import InvocationExpired, TaskFailed, TaskTimeout
from pynenc.rim import new_invocation_id
from support import option_tasks as tasks
from support.crashes import until
from support.guide_runs import PATIENCE, in_memory, on_redis


@pytest.fixture(scope="module", params=["memory", "redis"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two threads in this process, or a program of two workers on a server. Nobody works for the queue `slow`."""
    if request.param == "memory":
        with in_memory(tasks.app, "option-tests", slots=2):
            yield "memory"
    else:
        folder = tmp_path_factory.mktemp("runner")
        with on_redis(tasks.app, "support.option_tasks", folder, programs=1, slots=2, sweep_seconds=0.2):
            yield "redis"


def test_a_single_call_is_interrupted_at_its_own_timeout(runner: str) -> None:
    with pytest.raises(TaskTimeout, match=r"nap took longer than its timeout allows \(0.2s\)"):
        tasks.nap.with_options(timeout=0.2)(30).get(timeout=PATIENCE)
    assert tasks.nap(0.3).get(timeout=PATIENCE) == 0.3


def test_a_coroutine_is_interrupted_at_its_own_timeout(runner: str) -> None:
    with pytest.raises(TaskTimeout, match="nap_async took longer"):
        tasks.nap_async.with_options(timeout=0.2)(30).get(timeout=PATIENCE)
    assert tasks.nap_async(0.3).get(timeout=PATIENCE) == 0.3


def test_a_single_call_has_its_own_number_of_retries(runner: str) -> None:
    assert tasks.fail_until.with_options(max_retries=2)(3).get(timeout=PATIENCE) == 3
    with pytest.raises(ConnectionError):
        tasks.fail_until(2).get(timeout=PATIENCE)


def test_an_error_is_kept_for_its_own_time(runner: str) -> None:
    kept = tasks.nap.with_options(failure_ttl=1)(0)
    failed = tasks.fail_until.with_options(failure_ttl=1)(2)
    assert failed.exception is not None
    assert kept.get(timeout=PATIENCE) == 0
    assert until(lambda: tasks.app.state_backend.records([failed.invocation_id]) == [None], PATIENCE)
    assert tasks.app.invocation(kept.invocation_id).status is Status.SUCCESS


def test_a_single_call_ends_at_its_own_total_timeout(runner: str) -> None:
    with pytest.raises(TaskTimeout, match="nap took longer than its total_timeout allows"):
        tasks.nap.with_options(total_timeout=0.3)(30).get(timeout=PATIENCE)


def test_all_attempts_together_end_at_the_total_timeout(runner: str) -> None:
    tasks.nap(0).get(timeout=PATIENCE)
    before = time.monotonic()
    invocation = tasks.fail_again(0.15)
    with pytest.raises(TaskTimeout, match="total_timeout"):
        invocation.get(timeout=PATIENCE)
    assert time.monotonic() - before < 5
    assert invocation.attempt > 1


def test_a_call_under_a_key_is_made_once_however_often_the_caller_is_tried(runner: str) -> None:
    invocation = tasks.order("order-1")
    child = tasks.app.invocation(invocation.get(timeout=PATIENCE))
    assert (invocation.attempt, child.get(timeout=PATIENCE)) == (2, 0.0)
    assert tasks.nap.with_options(idempotency_key="order-1")(0.0) == child


def test_a_delayed_call_starts_then(runner: str) -> None:
    before = time.monotonic()
    assert tasks.nap.with_options(delay=0.5)(0.0).get(timeout=PATIENCE) == 0.0
    assert 0.5 <= time.monotonic() - before < 5


def test_a_direct_task_returns_the_result_inside_tasks_too(runner: str) -> None:
    assert tasks.double(4) == 8
    assert tasks.quadruple(4).get(timeout=PATIENCE) == 16
    assert asyncio.run(tasks.double_later(4)) == 8


def test_what_does_not_start_in_time_expires(runner: str) -> None:
    invocation = tasks.start_soon()
    with pytest.raises(InvocationExpired, match="did not start in the time that it had for that"):
        invocation.get(timeout=PATIENCE)
    assert invocation.status is Status.EXPIRED


def test_damaged_options_of_a_call_fail_it_without_a_retry(runner: str) -> None:
    damaged = NewInvocation(new_invocation_id(), tasks.nap.task_id, b'\x05{"timeout":-1}\n{"seconds":0}')
    tasks.app.orchestrator.enqueue([damaged])
    with pytest.raises(TaskFailed, match="raised InvalidPayload: arguments: the options of the call are damaged"):
        tasks.app.invocation(damaged.invocation_id).get(timeout=PATIENCE)
