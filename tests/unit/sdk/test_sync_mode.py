"""In sync mode a call runs its task at once, in the calling thread, on no store, and else as in production."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pynenc import Pynenc, RetryError, context
from pynenc.core.status import Status
from pynenc.errors import InvalidArguments, NotInInvocation, SerializationError, TaskFailed, UsageError
from support import call_tasks
from support import sync_tasks as tasks


def test_the_body_runs_at_the_call_in_the_calling_thread_within_its_invocation():
    invocation = tasks.where()
    assert invocation.status is Status.SUCCESS
    assert invocation.result == (threading.get_ident(), invocation.invocation_id, "RUNNING", 1)
    assert invocation.attempt == 1
    with pytest.raises(NotInInvocation):
        _ = tasks.where.invocation


def test_no_store_is_made():
    app = Pynenc(config_values={"dev_mode_force_sync_tasks": True, "redis_url": "redis://nowhere.invalid:1"})
    measure = app.task(call_tasks.measure)
    assert measure("x" * 100_000).result == 100_000
    assert list(measure.parallelize([("a",), ("bb",)]).results) == [1, 2]
    assert app._components.keys() <= {"serializers"}


def test_a_failed_attempt_is_repeated_at_once():
    tasks.attempts.clear()
    invocation = tasks.fail_until(3)
    assert (invocation.result, invocation.attempt, tasks.attempts) == (3, 3, [1, 2, 3])


def test_retries_end_with_the_error_of_the_last_attempt():
    invocation = tasks.ask_again()
    assert (invocation.status, invocation.attempt) == (Status.FAILED, 3)
    with pytest.raises(RetryError, match="again"):
        _ = invocation.result


def test_a_single_call_has_options_of_its_own():
    assert tasks.fail_until.with_options(max_retries=1, delay=3600)(2).result == 2
    assert tasks.fail_until.with_options(max_retries=0)(2).status is Status.FAILED


def test_an_error_is_kept_in_the_invocation_and_raised_by_its_result_as_in_production():
    invocation = tasks.send("nowhere")
    assert invocation.status is Status.FAILED
    with pytest.raises(tasks.BadAddress, match="nowhere") as caught:
        _ = invocation.result
    assert "raise BadAddress(address)" in caught.value.__notes__[0]
    assert "sync.py" not in caught.value.__notes__[0]
    assert isinstance(invocation.exception, tasks.BadAddress)


def test_leaving_the_program_ends_the_attempt_and_an_interrupt_the_program():
    with pytest.raises(TaskFailed, match="leave raised SystemExit: 3"):
        _ = tasks.leave().result
    with pytest.raises(KeyboardInterrupt):
        tasks.interrupt()
    assert context.current() is None


def test_mistakes_of_serialisation_show():
    with pytest.raises(InvalidArguments, match=r'add\(\) missing 1 required argument: "y"'):
        tasks.add(1)
    with pytest.raises(SerializationError, match='argument "x"'):
        tasks.add(object(), 1)
    with pytest.raises(TaskFailed, match="ResultNotSerialisable"):
        _ = tasks.return_object().result


def test_a_task_gets_arguments_of_its_own():
    items = [1]
    assert tasks.append(items).result == [1, 0]
    assert items == [1]


def test_a_task_may_call_others_and_is_their_parent():
    assert tasks.fibonacci(10).result == 55
    own, parent_of_child = tasks.parent_of().result
    assert parent_of_child == own


def test_tasks_that_are_coroutines_run_at_the_call_too():
    assert tasks.add_later(1, 2).result == 3
    assert tasks.fibonacci_async(7).result == 13


def test_a_coroutine_may_call_and_await():
    async def main():
        group = tasks.add_later.parallelize([(1, 1), (2, 2)])
        return await tasks.add_later(1, 2), await group, tasks.add(3, 4).result

    assert asyncio.run(main()) == (3, [2, 4], 7)


def test_a_group_has_its_results_in_order_and_its_members_as_they_ended():
    group = tasks.add.parallelize([{"x": 3}, {"x": 1}], common_args={"y": 2})
    assert list(group.results) == [5, 3]
    assert list(group.as_completed()) == list(group)


def test_a_direct_task_returns_the_result():
    assert tasks.double(4) == 8
    assert asyncio.run(tasks.double_later(4)) == 8
    assert tasks.double.task.options.max_retries == 0
    assert tasks.double_later.task.options.max_retries == 1


def test_what_was_not_called_in_sync_mode_cannot_be_waited_for_inside_a_task():
    app = Pynenc()
    charge = app.task(call_tasks.charge)
    waiting = charge("ada")
    app.conf.dev_mode_force_sync_tasks = True
    call_tasks.awaited.append(waiting)
    with pytest.raises(UsageError, match="was not called in sync mode, and nothing runs it now"):
        _ = app.task(call_tasks.wait_for_last)().result


def test_the_switch_can_be_turned_off_again():
    app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
    charge = app.task(call_tasks.charge)
    assert charge("ada").status is Status.SUCCESS
    app.conf.dev_mode_force_sync_tasks = False
    assert charge("ada").status is Status.REGISTERED


def test_handles_of_sync_mode_answer_like_others():
    invocation = tasks.add(1, 2)
    assert invocation.cancel() is False
    assert [change.status for change in invocation.history] == [Status.REGISTERED, Status.RUNNING, Status.SUCCESS]
    again = invocation.retry()
    assert (again.result, again == invocation) == (3, False)
