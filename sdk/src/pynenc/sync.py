"""Sync mode: a call runs its task at once, in the calling thread, without a store and without a runner.

Arguments and results are encoded and decoded as in production, failed attempts are repeated without waiting, and
what the task raised is kept in the invocation. Time limits, limits and delays do not apply.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pynenc import context
from pynenc.core.options import TaskOptions
from pynenc.core.records import Change, Claimed, Enqueued, InvocationRecord, NewInvocation, Outcome, Settlement
from pynenc.core.status import Status
from pynenc.errors import UsageError
from pynenc.invocation import Invocation
from pynenc.rim import new_invocation_id, now_us
from pynenc.runner.attempt import Step, ended_badly, ended_well, prepare
from pynenc.runner.interrupts import Frame
from pynenc.state_backend.base import changes_of

if TYPE_CHECKING:
    from pynenc.task import Task

R = TypeVar("R")


class SyncInvocation(Invocation[R]):
    """The handle of an invocation that no store knows."""

    __slots__ = ("_call", "_known")

    def __init__(self, task: Task[..., R], new: NewInvocation, options: TaskOptions) -> None:
        super().__init__(task.app, new.invocation_id, new.task_id)
        self._call = (task, new, options)
        self._known = InvocationRecord(
            invocation_id=new.invocation_id,
            task_id=new.task_id,
            status=Status.REGISTERED,
            queue=new.queue,
            priority=new.priority,
            arguments=new.arguments,
            payload=b"",
            attempt=0,
            retries=0,
            losses=0,
            fence="",
            worker="",
            parent_id=new.parent_id,
            registered_us=now_us(),
            started_us=0,
            changed_us=now_us(),
        )

    def _record(self) -> InvocationRecord:
        return self._known

    @property
    def history(self) -> tuple[Change, ...]:
        """See `Invocation.history`."""
        return tuple(changes_of(self._known))

    def retry(self) -> Invocation[R]:
        """See `Invocation.retry`."""
        task, new, options = self._call
        return run_here(task, new._replace(invocation_id=new_invocation_id()), options)

    def begin(self) -> Claimed:
        """Count an attempt and hand it out."""
        was = self._known
        retries = was.attempt
        self._known = replace(was, status=Status.RUNNING, attempt=was.attempt + 1, retries=retries, started_us=now_us())
        return Claimed(was.invocation_id, "", was.task_id, was.arguments, retries + 1, retries, 0, was.parent_id, True)

    def end(self, settlement: Settlement) -> None:
        """Keep the outcome."""
        self._known = replace(self._known, status=settlement.status, payload=settlement.payload, changed_us=now_us())
        self.settle(Outcome(settlement.invocation_id, settlement.status, settlement.payload))


class NoWaiter:
    """See `pynenc.context.Waiter`; what was called in sync mode has ended already."""

    def enqueue(self, batch: Sequence[NewInvocation]) -> list[Enqueued]:
        """Refused, as what is called in sync mode is not queued."""
        raise UsageError(f"{batch[0].task_id} was called in sync mode, and is not queued")

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Refused, as the awaited invocation is on a store."""
        raise UsageError(f"invocation {invocation_ids[0]} was not called in sync mode, and nothing runs it now")

    async def wait_for_async(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Refused, as `wait_for`."""
        return self.wait_for(invocation_ids, timeout_seconds)


def run_here(task: Task[..., R], new: NewInvocation, options: TaskOptions) -> SyncInvocation[R]:
    """Run an invocation to its end, in this thread, and return it."""
    invocation: SyncInvocation[R] = SyncInvocation(task, new, options)
    while True:
        step = _attempt(invocation, Frame(invocation.begin(), options))
        if isinstance(step, Settlement):
            invocation.end(step)
            return invocation


def _attempt(invocation: SyncInvocation[Any], frame: Frame) -> Step:
    app, claimed = invocation.app, frame.claimed
    prepared = prepare(app, claimed)
    if isinstance(prepared, Settlement):
        return prepared
    task, args, kwargs = prepared
    run = context.Run(app, claimed.invocation_id, claimed.task_id, claimed.attempt, NoWaiter(), invocation)
    previous = context.swap(run)
    try:
        value = task.func(*args, **kwargs)
        if inspect.iscoroutine(value):
            value = _awaited(value)
    except KeyboardInterrupt:  # meant for the program, which is not a worker
        raise
    except BaseException as error:  # sys.exit in a task ends the attempt, as in production
        return ended_badly(frame, error)
    finally:
        context.swap(previous)
    return ended_well(task, frame, value)


def _awaited(coroutine: Any) -> Any:
    """The value of a coroutine, run in a loop of its own; in another thread if this one has a loop that runs."""
    if not context.in_event_loop():
        return asyncio.run(coroutine)
    here = copy_context()
    with ThreadPoolExecutor(1, "pynenc-sync") as thread:
        return thread.submit(here.run, asyncio.run, coroutine).result()
