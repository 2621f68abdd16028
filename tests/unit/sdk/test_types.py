"""What a type checker knows of tasks. `mypy` reads this file; at run time little happens in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import assert_type

import pytest

from pynenc import ConcurrencyControlType, Invocation, InvocationGroup, Pynenc, Task
from pynenc.errors import InvalidArguments, InvalidSchedule, TaskDefinitionError
from support import call_tasks

app = Pynenc(app_id="type-tests", config_values={"dev_mode_force_sync_tasks": True})


def test_a_task_keeps_the_arguments_and_the_result_of_its_function() -> None:
    charge = app.task(call_tasks.charge)
    assert_type(charge("ada", amount=2), Invocation[int])
    assert_type(charge.with_options(priority=3, delay=1.5)("ada").result, int)
    assert_type(charge.parallelize([("ada",)]), InvocationGroup[int])
    assert_type(charge.parallelize([("ada",)]).results, Iterator[int])


def test_a_task_of_a_coroutine_function_has_what_it_returns_when_awaited() -> None:
    assert_type(app.task(call_tasks.answer_later), Task[[], int])
    assert_type(app.task(max_retries=3)(call_tasks.answer_later), Task[[], int])


def test_options_do_not_hide_the_function() -> None:
    options = app.task(running_concurrency=ConcurrencyControlType.TASK, limits=(), history="full")
    assert_type(options(call_tasks.answer), Task[[], int])
    assert_type(options(call_tasks.answer)().result, int)


def test_a_direct_task_looks_like_its_function() -> None:
    assert_type(app.direct_task(call_tasks.answer), Callable[[], int])


def test_mistakes_are_seen_before_the_program_runs() -> None:
    charge = app.task(call_tasks.charge)
    with pytest.raises(InvalidArguments):
        charge()  # type: ignore[call-arg]
    with pytest.raises(InvalidArguments):
        charge("ada", amuont=1)  # type: ignore[call-arg]
    with pytest.raises(TaskDefinitionError):
        app.task(max_retry=3)(call_tasks.charge)  # type: ignore[call-overload]
    with pytest.raises(InvalidSchedule):
        charge.with_options(delay="soon")  # type: ignore[arg-type]
