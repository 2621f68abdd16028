"""Ending what runs too long or was cancelled: SIGTERM, which raises in the task, and SIGKILL for one that ignores it.

A worker that is killed here is to blame for nothing: what becomes of the one that was to end is said by its doom, or
by the store, and all else that it held is given back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pynenc.core.records import Settlement
from pynenc.core.status import Status
from pynenc.errors import BackendError
from pynenc.runner.child import Child
from pynenc.runner.doom import Doom

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class TimeLimits:
    """Watches the deadlines on the notes of workers."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app
        self._grace = app.conf.kill_grace_seconds

    def next_at(self, children: Collection[Child], until: float) -> float:
        """When to look next, at the latest at `until`; an earlier deadline set from now on will be told."""
        for child in children:
            child.note.look = until
        for child in children:
            until = min(until, child.kill_at, *child.asked.values())
            if (deadline := child.note.deadline) and deadline != child.warned:
                until = min(until, deadline)
        for child in children:
            child.note.look = until
        return until

    def enforce(self, children: Collection[Child]) -> list[Child]:
        """Interrupt what has missed a deadline; the workers that did not heed and must be killed."""
        now = time.monotonic()
        return [child for child in children if self._is_over(child, now)]

    def _is_over(self, child: Child, now: float) -> bool:
        deadline = child.note.deadline
        if deadline != child.warned:
            child.warned, child.kill_at = 0.0, math.inf
            if deadline and now >= deadline:
                child.warned, child.kill_at = deadline, now + self._grace
                self._interrupt(child)
        return now >= min(child.kill_at, *child.asked.values(), math.inf)

    def _interrupt(self, child: Child) -> None:
        child.interrupt()
        if child.paused:
            self.nudge(child)

    def nudge(self, child: Child) -> None:
        """End its wait for news."""
        try:
            self.app.broker.nudge(child.worker)
        except BackendError as error:  # it looks by itself within one idle wait
            self.app.logger.warning("%s", error)

    def cancel(self, children: Mapping[str, Child], worker: str, invocation_ids: Collection[str]) -> None:
        """Tell a worker what it is to end as cancelled; it has the grace for that."""
        child = children.get(worker)
        for invocation_id in invocation_ids if child is not None else ():
            if child is not None and invocation_id not in child.asked:
                child.cancel(invocation_id, time.monotonic() + self._grace)

    def settle(self, child: Child) -> None:
        """End or retry, in the name of a worker that was killed, what it ran beyond its deadline."""
        doom = Doom.read(child.note.doomed) if child.warned and child.note.deadline == child.warned else None
        if doom is None:
            return
        orchestrator, worker = self.app.orchestrator, child.worker
        try:
            orchestrator.resume(worker, doom.invocation_id, doom.fence, force=True)  # it may have been waiting
            if doom.retry_seconds >= 0:
                orchestrator.retry(worker, doom.invocation_id, doom.fence, doom.retry_seconds)
            else:
                end = Settlement(doom.invocation_id, doom.fence, Status.FAILED, doom.payload(), doom.ttl_seconds)
                orchestrator.finish(worker, [end])
        except BackendError as error:
            self.app.logger.warning("%s", error)
