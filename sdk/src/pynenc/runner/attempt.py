"""One attempt: from a claimed invocation to the step that follows it. Whatever a task does ends here as a value."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pynenc import context
from pynenc.core.failures import Failure
from pynenc.core.records import Claimed, Settlement
from pynenc.core.retry import is_retried
from pynenc.core.status import Status
from pynenc.errors import BadSignature, InlineSourceError, InvocationCancelled, PayloadTooLarge, SerializationError
from pynenc.runner.base import FAILURE_TTL_SECONDS, delay_of
from pynenc.runner.interrupts import Frame, GiveBack, Stack
from pynenc.runner.patience import persist

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


@dataclass(frozen=True, slots=True)
class Release:
    """The attempt was given up, through no fault of its own."""


Step = Settlement | Retry | Release | None
"""What follows an attempt; None when somebody else owns the invocation."""


def prepare(app: Pynenc, claimed: Claimed) -> tuple[Task[..., Any], list[Any], dict[str, Any]] | Settlement:
    """The task and its arguments, or why there are none. Reads what is stored apart, for as long as that takes."""
    try:
        task = persist(lambda: app.find_task(claimed.task_id))
    except (InlineSourceError, BadSignature) as error:
        return failed(claimed, Failure.of(error, OWN_FRAMES))
    if task is None:
        names = "this worker's code has no such task; is its image the one that the caller has?"
        return failed(claimed, Failure("TaskNotFound", f"{claimed.task_id}: {names}"))
    try:
        args, kwargs = persist(lambda: task.payloads.load_arguments(claimed.arguments))
    except SerializationError as error:
        name = "InvalidPayload" if type(error) is SerializationError else type(error).__name__
        return failed(claimed, Failure(name, str(error), SerializationError.__module__))
    except Exception as error:  # a serializer of one's own may raise anything
        return failed(claimed, Failure.of(error, OWN_FRAMES))
    return task, args, kwargs


def run_attempt(app: Pynenc, frame: Frame, stack: Stack, waiter: context.Waiter) -> Step:
    """Run the attempt `frame` in this thread, on top of `stack`, and return the step that follows."""
    claimed = frame.claimed
    prepared = prepare(app, claimed)
    if isinstance(prepared, Settlement):
        return prepared
    previous = context.swap(context.Run(app, claimed.invocation_id, claimed.task_id, claimed.attempt, waiter))
    stack.push(frame)
    try:
        return _called(frame, stack, *prepared)
    finally:
        stack.pop()
        context.swap(previous)


def _called(frame: Frame, stack: Stack, task: Task[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Step:
    try:
        try:
            stack.enter()
            value = task.func(*args, **kwargs)
            if inspect.iscoroutine(value):  # of a plain function; tasks that are coroutine functions run in a loop
                value = asyncio.run(value)
        finally:
            stack.leave()
    except Fenced:
        return None
    except BaseException as error:  # sys.exit in a task ends the attempt, not the worker
        stack.leave()  # the line above may have been interrupted
        return ended_badly(frame, error)
    return ended_well(task, frame, value)


def ended_well(task: Task[..., Any], frame: Frame, value: object) -> Settlement:
    """The end of an attempt that returned `value`."""
    claimed, ttl_seconds = frame.claimed, frame.options.seconds_of_failure
    try:
        payload = task.payloads.dump_result(value)
    except PayloadTooLarge as error:
        return failed(claimed, Failure("ResultTooLarge", str(error)), ttl_seconds)
    except Exception:  # nothing of the value may be told, and its encoder may have quoted it
        text = f"{claimed.task_id} returned {type(value).__qualname__}, which the serializer cannot turn into a payload"
        return failed(claimed, Failure("ResultNotSerialisable", text), ttl_seconds)
    return Settlement(claimed.invocation_id, claimed.fence, Status.SUCCESS, payload, frame.options.result_ttl)


def ended_badly(frame: Frame, error: BaseException) -> Step:
    """What follows an attempt that raised `error`, which was perhaps sent to it from outside."""
    if isinstance(error, GiveBack):
        return Release()
    claimed, options = frame.claimed, frame.options
    error = _as_sent(frame, error)
    if error is frame.sent and isinstance(error, InvocationCancelled):
        payload = Failure.of(error).dump()
        return Settlement(claimed.invocation_id, claimed.fence, Status.CANCELLED, payload, options.seconds_of_failure)
    out_of_time = error is frame.sent and frame.is_last
    if not out_of_time and is_retried(error, options.retry_for, claimed.retries, options.max_retries):
        return Retry(delay_of(options, claimed.retries))
    return failed(claimed, Failure.of(error, OWN_FRAMES), options.seconds_of_failure)


def _as_sent(frame: Frame, error: BaseException) -> BaseException:
    """An exception that was sent arrives without its text in another thread, and as cancellation in a coroutine."""
    sent = frame.sent
    if sent is None or not isinstance(error, (type(sent), asyncio.CancelledError)):
        return error
    return sent if sent is error else sent.with_traceback(error.__traceback__)


def failed(claimed: Claimed, failure: Failure, ttl_seconds: int = FAILURE_TTL_SECONDS) -> Settlement:
    """The end of an invocation that will not be tried again."""
    return Settlement(claimed.invocation_id, claimed.fence, Status.FAILED, failure.dump(), ttl_seconds)


def confirmed(end: Settlement) -> Settlement:
    """A cancellation that the store does not know of, as a failure: the task raised the exception by itself."""
    return Settlement(end.invocation_id, end.fence, Status.FAILED, end.payload, end.ttl_seconds)
