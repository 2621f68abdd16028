"""Ending an attempt from outside: at its deadline, because it was cancelled, or because the runner must end.

The attempts of one worker's main thread form a stack, since a parent may run its child inline while it waits. What is
to end is a frame of it. An interrupt is an exception raised inside the task's code and nowhere else, once: in the
frame itself when that is the innermost, else the frames above it are unwound first and given back.
`Stack` is interrupted by a signal handler, `ThreadStack` by another thread.
"""

from __future__ import annotations

import ctypes
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pynenc.core.options import TaskOptions
from pynenc.core.records import Claimed
from pynenc.errors import InvocationCancelled, TaskTimeout
from pynenc.runner.doom import Doom
from pynenc.runner.note import Note, note_id

ARRIVAL_STEPS = 100
"""Steps of a loop, after each of which the interpreter looks for an exception; the first one is enough."""


class GiveBack(BaseException):
    """The attempt is to be given back without a trace. No Exception, so no task catches it by mistake."""


@dataclass(slots=True, eq=False)
class Frame:
    """One attempt: what was claimed, and when it must have ended (monotonic, infinity for never).

    `is_last` says that the deadline is that of all attempts together; `sent` is what was raised in it from outside.
    """

    claimed: Claimed
    options: TaskOptions
    deadline: float = math.inf
    is_last: bool = False
    sent: BaseException | None = None

    @classmethod
    def of(cls, claimed: Claimed, options: TaskOptions) -> Frame:
        """The frame of an attempt that starts now."""
        timeout = options.timeout
        if timeout is None and not claimed.remaining_us:
            return cls(claimed, options)
        now = time.monotonic()
        own = math.inf if timeout is None else now + timeout
        last = now + claimed.remaining_us / 1e6 if claimed.remaining_us else math.inf
        return cls(claimed, options, min(own, last), last <= own)

    def timeout(self) -> TaskTimeout:
        """The error of one that has missed its deadline."""
        name = "total_timeout" if self.is_last else "timeout"
        limit = f"{self.options.timeout:g}s" if not self.is_last and self.options.timeout else "time"
        whose = f"invocation {self.claimed.invocation_id} of {self.claimed.task_id}"
        return TaskTimeout(f"{whose} took longer than its {name} allows ({limit})")


class Deadlines:
    """The deadlines of all that a worker runs; the first one is on its note. Thread-safe."""

    def __init__(self, note: Note, hurry: Callable[[], None]) -> None:
        self._note = note
        self._hurry = hurry
        self._lock = threading.RLock()
        self._frames: list[Frame] = []

    def add(self, frame: Frame) -> None:
        """Watch a frame, if it has a deadline."""
        if frame.deadline < math.inf:
            with self._lock:
                self._frames.append(frame)
                self._publish()

    def remove(self, frame: Frame) -> None:
        """Watch it no more."""
        if frame.deadline < math.inf:
            with self._lock:
                self._frames.remove(frame)
                self._publish()

    def _publish(self) -> None:
        first = min(self._frames, key=lambda frame: frame.deadline, default=None)
        if first is None:
            self._note.set_deadline(0.0)
            return
        self._note.set_deadline(first.deadline, Doom.of(first.claimed, first.options, first.timeout(), first.is_last))
        if first.deadline < self._note.look:
            self._hurry()


class Stack:
    """The frames of a main thread, innermost last. All but `ask_to_cancel` and `give_back` belong to that thread."""

    def __init__(self, note: Note, deadlines: Deadlines) -> None:
        self.frames: list[Frame] = []
        self.cancelled: set[str] = set()
        self.giving_back = False
        self._note = note
        self._deadlines = deadlines
        self._open = False

    def push(self, frame: Frame) -> None:
        """Begin an attempt."""
        self.frames.append(frame)
        self._deadlines.add(frame)

    def pop(self) -> None:
        """End the innermost attempt."""
        self._deadlines.remove(self.frames.pop())

    def enter(self) -> None:
        """Go into the code of the innermost task; raises what it is to be ended with."""
        if (self.cancelled or self.giving_back) and (error := self.pending()) is not None:
            raise error
        self._note.enter(note_id(self.frames[-1].claimed.invocation_id))
        self._open = True

    def leave(self) -> None:
        """Leave that code; nothing is raised any more. Safe to repeat."""
        self._open = False
        self._note.leave()

    def pending(self) -> BaseException | None:
        """What the innermost attempt is to be ended with; told once."""
        innermost = self.frames[-1]
        found = None if innermost.sent is not None else self._due()
        if found is not None:
            innermost.sent = found[1] if found[0] is innermost else GiveBack()
        return innermost.sent if found is not None else None

    def _due(self) -> tuple[Frame, BaseException] | None:
        """The outermost frame that is to end, and why."""
        if self.giving_back:
            return self.frames[0], GiveBack()
        now = time.monotonic()
        for frame in self.frames:
            if frame.claimed.invocation_id in self.cancelled:
                return frame, InvocationCancelled(f"{frame.claimed.task_id} was cancelled")
            if now >= frame.deadline:
                return frame, frame.timeout()
        return None

    def interrupt(self) -> None:
        """Raise in the task's code what is pending, if the main thread is there; called by its signal handler."""
        if self._open and (error := self.pending()) is not None:
            self._open = False
            raise error


class ThreadStack(Stack):
    """The stack of a thread, which only an asynchronous exception can interrupt: between two steps of Python code."""

    def __init__(self, note: Note, deadlines: Deadlines) -> None:
        super().__init__(note, deadlines)
        self._thread = 0
        self._thrown = False
        self._lock = threading.Lock()

    def enter(self) -> None:
        """See `Stack.enter`."""
        self._thread = threading.get_ident()
        self._thrown = False
        self._lock = threading.Lock()  # the last one may be stuck, if the exception came while it was held
        super().enter()

    def leave(self) -> None:
        """See `Stack.leave`. An exception that was thrown and has not arrived yet arrives here."""
        super().leave()
        if not self._thrown:
            with self._lock:  # a thrower in progress ends first
                pass
        if self._thrown:
            for _ in range(ARRIVAL_STEPS):
                pass

    def interrupt(self) -> None:
        """As `Stack.interrupt`, called by another thread."""
        with self._lock:
            if self._open and not self._thrown and (error := self.pending()) is not None:
                _throw(self._thread, type(error))
                self._thrown = True


def _throw(thread: int, kind: type[BaseException]) -> None:
    # It cannot be taken back: that leaves the interpreter looking for an exception for ever.
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
