"""What runs in this thread, or this coroutine, right now. Set by runners, read by tasks.

Threads that a task starts itself see nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pynenc.core.records import Enqueued, NewInvocation, Outcome

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.invocation import Invocation


class Waiter(Protocol):
    """What a runner offers to a task that calls others and must wait for them."""

    def enqueue(self, batch: Sequence[NewInvocation]) -> list[Enqueued]:
        """Queue what the running invocation calls; outlasts an outage of the store."""

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Pause the running invocation until all have ended; outcomes by id. Raises ResultTimeout, CycleDetected."""

    async def wait_for_async(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """As `wait_for`, and other coroutines go on meanwhile."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt in progress; `handle` is its invocation where no store knows it, as in sync mode."""

    app: Pynenc
    invocation_id: str
    task_id: str
    attempt: int
    waiter: Waiter
    handle: Invocation[Any] | None = None


USE_AWAIT = "use await invocation inside async code; a blocking wait would hold up its event loop"

_run: ContextVar[Run | None] = ContextVar("pynenc_run", default=None)


def current() -> Run | None:
    """The attempt that this thread or coroutine is running, or None."""
    return _run.get()


def swap(run: Run | None) -> Run | None:
    """Set what this thread or coroutine is running and return what it was running before."""
    previous = _run.get()
    _run.set(run)
    return previous


def in_event_loop() -> bool:
    """Whether an event loop runs in this thread, so that nothing may block here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
