"""One attempt: from a claimed invocation to the step that follows it. Whatever a task does ends here as a value."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pynenc import context
from pynenc.core.failures import Failure
from pynenc.core.options import TaskOptions
from pynenc.core.records import Claimed, Settlement
from pynenc.core.retry import is_retried
from pynenc.core.status import Status
from pynenc.errors import SerializationError
from pynenc.runner.base import FAILURE_TTL_SECONDS

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.task import Task

OWN_FRAMES = 1


class Fenced(BaseException):
    """Another worker owns the invocation now; the attempt is abandoned. No Exception, so no task catches it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed and is to be repeated after `delay_seconds`."""

    delay_seconds: float = 0.0


Step = Settlement | Retry | None
"""What follows an attempt; None when somebody else owns the invocation."""


def run_attempt(app: Pynenc, claimed: Claimed, options: TaskOptions, waiter: context.Waiter) -> Step:
    """Run `claimed` in this thread and return the step that follows."""
    task = app.tasks.get(claimed.task_id)
    if task is None:
        names = "this worker's code has no such task; is its image the one that the caller has?"
        return failed(claimed, Failure("TaskNotFound", f"{claimed.task_id}: {names}"))
    try:
        args, kwargs = task.payloads.load_arguments(claimed.arguments)
    except SerializationError as error:
        name = "InvalidPayload" if type(error) is SerializationError else type(error).__name__
        return failed(claimed, Failure(name, str(error), SerializationError.__module__))
    previous = context.swap(context.Run(app, claimed.invocation_id, claimed.task_id, claimed.attempt, waiter))
    try:
        return _called(task, claimed, options, (args, kwargs))
    finally:
        context.swap(previous)


def _called(task: Task[..., Any], claimed: Claimed, options: TaskOptions, arguments: tuple[Any, Any]) -> Step:
    try:
        value = task.func(*arguments[0], **arguments[1])
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
        payload = task.payloads.dump_result(value)
    except Fenced:
        return None
    except BaseException as error:  # sys.exit in a task ends the attempt, not the worker
        if is_retried(error, options.retry_for, claimed.retries, options.max_retries):
            return Retry()
        return failed(claimed, Failure.of(error, OWN_FRAMES), options.result_ttl_seconds)
    return Settlement(claimed.invocation_id, claimed.fence, Status.SUCCESS, payload, options.result_ttl_seconds)


def failed(claimed: Claimed, failure: Failure, ttl_seconds: int = FAILURE_TTL_SECONDS) -> Settlement:
    """The end of an invocation that will not be tried again."""
    return Settlement(claimed.invocation_id, claimed.fence, Status.FAILED, failure.dump(), ttl_seconds)
