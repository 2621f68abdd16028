"""`Child`, a worker as its runner knows it, whether it is a process or a thread."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod

from pynenc.runner.host import CANCEL, DONE, GIVE_BACK, GO, HURRY, PARKED, PAUSED, REPORT, RESUMED
from pynenc.runner.note import Note, Order


class Child(ABC):
    """One worker. Times are monotonic.

    `paused` says that its invocation waits and its slot is free; `spare_since` when it was last made a spare one.
    `warned` is the deadline for which it was interrupted, `kill_at` the end of its grace. `asked` are the invocations
    that it was asked to cancel, each with the end of the grace for that.
    """

    def __init__(self, worker: str, note: Note) -> None:
        self.worker = worker
        self.note = note
        self.born = time.monotonic()
        self.paused = False
        self.spare_since = 0.0
        self.asked: dict[str, float] = {}
        self.warned = 0.0
        self.kill_at = math.inf
        self.reports: list[bytes] = []
        self._is_parked = False

    @property
    def order(self) -> int:
        """What it was told to do."""
        return self.note.order

    def give_order(self, order: Order) -> None:
        """Tell it what to do from now on; it looks between two tasks."""
        if order is Order.SPARE and self.order != Order.SPARE:
            self.spare_since = time.monotonic()
        self.note.order = order
        self._go()

    def _go(self) -> None:
        """Wake it if it is parked and may go on; it is told so once, so that no words pile up."""
        if self._is_parked and self.order in (Order.WORK, Order.RETIRE):
            self._is_parked = False
            self.send(GO)

    def cancel(self, invocation_id: str, kill_at: float) -> None:
        """Ask it to end an invocation."""
        self.asked[invocation_id] = kill_at
        self.send(CANCEL + invocation_id.encode())
        self.interrupt()

    def give_back(self) -> None:
        """Tell it to give back what it runs."""
        self.send(GIVE_BACK)
        self.interrupt()

    def hear(self, word: bytes) -> None:
        """Take in a word of it."""
        if word in (PAUSED, RESUMED):
            self.paused = word == PAUSED
        elif word == PARKED:
            self._is_parked = True
            self._go()
        elif word.startswith(DONE):
            self.asked.pop(word[len(DONE) :].decode(), None)
        elif word.startswith(REPORT):
            self.reports.append(word[len(REPORT) :])
        elif word != HURRY:  # which has done its work by ending the supervisor's wait
            raise ValueError(f"a worker said {word[:20]!r}")

    @property
    @abstractmethod
    def is_over(self) -> bool:
        """Whether it has ended."""

    @abstractmethod
    def send(self, word: bytes) -> None:
        """Say something to it."""

    @abstractmethod
    def interrupt(self) -> None:
        """Make it look at once whether something must end."""

    @abstractmethod
    def read(self) -> None:
        """Take in what it said."""

    @abstractmethod
    def kill(self) -> None:
        """End it now, or at least take from it all that it could do."""

    @abstractmethod
    def close(self) -> str:
        """Free what belongs to one that has ended, and tell how it ended, as a clause."""
