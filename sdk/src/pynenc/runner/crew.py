"""The workers of one runner: how many there are, and which of them may claim.

Active ones are as many as there are slots. A paused one needs no slot, so another worker takes its place: a spare one
if there is any, else a new one. When it goes on, one becomes spare, and ends if it was not needed for a while.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pynenc.core.records import Answer, WorkerInfo
from pynenc.errors import BackendUnavailable
from pynenc.rim import new_nonce
from pynenc.runner.child import Child
from pynenc.runner.note import Order

if TYPE_CHECKING:
    from pynenc.app import Pynenc

NOT_OPEN_SECONDS = 1.0
QUICK_DEATH_SECONDS = 2.0
LONGEST_HOLD_SECONDS = 5.0
SPARE_SECONDS = 10.0
WARN_SECONDS = 60.0


class Crew:
    """The children of a supervisor, by worker. `next_at` is when `balance` has something to do by itself."""

    def __init__(self, app: Pynenc, slots: int, start: Callable[[str], Child]) -> None:
        self.app = app
        self.children: dict[str, Child] = {}
        self.slots = slots
        self.host = socket.gethostname()
        self.name = f"{self.host}-{new_nonce()}"
        self.losses = 0
        self._start = start
        self._started = 0
        self._quick_deaths = 0
        self._hold_until = 0.0
        self._warned_at = -WARN_SECONDS
        self._is_stalled = False

    @property
    def next_at(self) -> float:
        """The next time, on the monotonic clock, that something is due; what has passed is not."""
        times = [child.spare_since + SPARE_SECONDS for child in self.children.values() if child.order == Order.SPARE]
        return min((at for at in (*times, self._hold_until) if at > time.monotonic()), default=float("inf"))

    def count(self, order: Order) -> int:
        """How many have this order; paused ones are not counted."""
        return sum(child.order == order and not child.paused for child in self.children.values())

    @property
    def paused(self) -> int:
        """How many wait for other invocations."""
        return sum(child.paused for child in self.children.values())

    def stall(self, *, is_stalled: bool) -> None:
        """Let nobody start anything, or let all go on."""
        if is_stalled == self._is_stalled:
            return
        self._is_stalled = is_stalled
        self.app.logger.warning("the store %s", "does not answer: nothing is started" if is_stalled else "answers")
        before, after = (Order.WORK, Order.STALL) if is_stalled else (Order.STALL, Order.WORK)
        for child in self.children.values():
            if child.order == before:
                child.give_order(after)

    def balance(self) -> None:
        """Have as many active workers as there are slots."""
        if self._is_stalled:
            return
        self._retire_old_spares()
        surplus = self.count(Order.WORK) - self.slots
        if surplus > 0:
            self._spare(surplus)
        for _ in range(-surplus):
            if not self._take_spare() and not self._give_birth():
                return

    def _spare(self, number: int) -> None:
        working = [child for child in self.children.values() if child.order == Order.WORK and not child.paused]
        working.sort(key=lambda child: child.note.is_busy)  # one that has nothing to do is held first
        for child in working[:number]:
            child.give_order(Order.SPARE)

    def _take_spare(self) -> bool:
        for child in self.children.values():
            if child.order == Order.SPARE and not child.paused:
                child.give_order(Order.WORK)
                return True
        return False

    def _retire_old_spares(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if child.order == Order.SPARE and not child.paused and now - child.spare_since >= SPARE_SECONDS:
                self.retire(child)

    def _is_full(self) -> bool:
        """Whether so many wait that no more processes may be started."""
        alive = sum(child.order != Order.RETIRE for child in self.children.values())
        full = alive >= self.slots + self.app.conf.max_paused
        if full and time.monotonic() - self._warned_at >= WARN_SECONDS:
            self._warned_at = time.monotonic()
            self.app.logger.warning(
                "%d workers wait for other invocations, and max_paused allows no more; raise it, or inline_depth",
                self.paused,
            )
        return full

    def _give_birth(self) -> bool:
        if time.monotonic() < self._hold_until or self._is_full():
            return False
        worker = f"{self.name}-{self._started}"
        try:
            conf = self.app.conf
            tasks = frozenset(self.app.tasks)
            info = WorkerInfo(worker, self.host, conf.pool, queues=conf.queues, pod_uid=conf.pod_uid, tasks=tasks)
            answer = self.app.orchestrator.join(info, self.app.conf.lease_seconds)
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)
            answer = Answer.LOST
        if answer is not Answer.OK:
            if answer is Answer.NOTREADY:
                self._not_open()
            self._hold_until = time.monotonic() + NOT_OPEN_SECONDS
            return False
        self._started += 1
        self.children[worker] = self._start(worker)
        return True

    def _not_open(self) -> None:
        """The store is new or came back empty: open it, unless an operator does so once its definitions are there."""
        if self.app.conf.await_definitions:
            self.app.logger.warning("the store is not open yet; waiting for the operator to publish its definitions")
            return
        self.app.logger.error("the store came back empty: what it held is lost; it is opened again")
        self.app.orchestrator.open()

    def retire(self, child: Child) -> None:
        """Let a worker end after what it runs."""
        child.give_order(Order.RETIRE)
        try:
            self.app.broker.nudge(child.worker)
        except BackendUnavailable as error:  # it looks at its orders by itself within one idle wait
            self.app.logger.warning("%s", error)

    def note_death(self, child: Child) -> None:
        """Workers that end as soon as they start are replaced more and more slowly."""
        self.losses += 1
        lived = time.monotonic() - child.born
        self._quick_deaths = self._quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
        if self._quick_deaths > self.slots:
            hold = min(LONGEST_HOLD_SECONDS, 0.1 * 2 ** (self._quick_deaths - self.slots))
            self._hold_until = time.monotonic() + hold
