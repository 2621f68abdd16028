"""What runs in this thread right now. Set by runners, read by tasks; threads that a task starts itself see nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pynenc.core.records import Outcome

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class Waiter(Protocol):
    """What a runner offers to a task that must wait for others."""

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Pause the running invocation until all have ended; outcomes by id. Raises ResultTimeout, CycleDetected."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt in progress."""

    app: Pynenc
    invocation_id: str
    task_id: str
    attempt: int
    waiter: Waiter


class _Local(threading.local):
    run: Run | None = None


_local = _Local()


def current() -> Run | None:
    """The attempt that this thread is running, or None."""
    return _local.run


def swap(run: Run | None) -> Run | None:
    """Set what this thread is running and return what it was running before."""
    previous = _local.run
    _local.run = run
    return previous
