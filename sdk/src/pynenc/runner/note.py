"""`Note`: a page of memory that a worker and its supervisor share, so that short tasks cost no messages.

The supervisor writes the order and when it looks next, the worker everything else. Texts are read only after the
worker has ended; the numbers that are read before that are single bytes and aligned words, which are never half
written. In a `ThreadRunner` both sides are threads, and the page is ordinary memory.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

SIZE = 4096
_ORDER, _BUSY, _ENDED, _COROUTINES = range(4)
_DEADLINE, _LOOK = 8, 16
_RUNNING, _STEPPING, _DOOMED = 24, 280, 536
_LONGEST_ID = _STEPPING - _RUNNING - 2
_WORD = struct.Struct("<d")
_LENGTH = struct.Struct("<H")


class Order(IntEnum):
    """What a worker is to do from now on; what it runs it finishes in any case."""

    WORK = 0
    SPARE = 1
    """Claim nothing: a waiting one went on, so the slots are taken."""
    STALL = 2
    """Start nothing: the store has not answered for too long."""
    RETIRE = 3
    """Claim nothing and end."""


class Note:
    """The page, over a buffer of `SIZE` bytes."""

    def __init__(self, buffer: Any = None) -> None:
        self._page = memoryview(bytearray(SIZE) if buffer is None else buffer).cast("B")

    @property
    def order(self) -> int:
        """An `Order`; plain, since it is read between two short tasks."""
        return self._page[_ORDER]

    @order.setter
    def order(self, order: int) -> None:
        self._page[_ORDER] = order

    def enter(self, invocation_id: bytes) -> None:
        """The main thread goes into the code of this invocation."""
        end = _RUNNING + 2 + len(invocation_id)
        self._page[_RUNNING] = end - _RUNNING - 2
        self._page[_RUNNING + 2 : end] = invocation_id
        self._page[_BUSY] = 1

    def leave(self) -> None:
        """The main thread has left that code."""
        self._page[_BUSY] = 0

    @property
    def is_busy(self) -> bool:
        """Whether the main thread is in a task's code."""
        return bool(self._page[_BUSY])

    def step(self, invocation_id: bytes) -> None:
        """The event loop goes into the code of this invocation; empty: it has left it."""
        end = _STEPPING + 2 + len(invocation_id)
        self._page[_STEPPING + 2 : end] = invocation_id
        self._page[_STEPPING] = end - _STEPPING - 2

    def count_coroutines(self, number: int) -> None:
        """So many coroutines run, or wait for something that is no invocation."""
        self._page[_COROUTINES] = min(number, 255)

    def blamed(self) -> list[str] | None:
        """Whose code was being run when the worker died; None if it cannot be told among those that were running."""
        found = [self._text(_RUNNING)] if self.is_busy else []
        if self._page[_STEPPING]:
            found.append(self._text(_STEPPING))
        return None if not found and self._page[_COROUTINES] else found

    def end(self) -> None:
        """The worker ends in order."""
        self._page[_ENDED] = 1

    @property
    def is_ended(self) -> bool:
        """Whether the worker has ended in order, which an exit code alone does not tell."""
        return bool(self._page[_ENDED])

    @property
    def deadline(self) -> float:
        """When the first of what runs must have ended, on the monotonic clock of the machine; 0 is never."""
        found: float = _WORD.unpack_from(self._page, _DEADLINE)[0]
        return found

    def set_deadline(self, at: float, doomed: bytes = b"") -> None:
        """Say when the first of what runs must have ended, and what is to be said of it if it does not."""
        _LENGTH.pack_into(self._page, _DOOMED, len(doomed))
        self._page[_DOOMED + 2 : _DOOMED + 2 + len(doomed)] = doomed
        _WORD.pack_into(self._page, _DEADLINE, at)

    @property
    def doomed(self) -> bytes:
        """What was given to `set_deadline`."""
        length: int = _LENGTH.unpack_from(self._page, _DOOMED)[0]
        return bytes(self._page[_DOOMED + 2 : _DOOMED + 2 + length])

    @property
    def look(self) -> float:
        """When the supervisor looks at the deadline by itself; an earlier one must be told."""
        found: float = _WORD.unpack_from(self._page, _LOOK)[0]
        return found

    @look.setter
    def look(self, at: float) -> None:
        _WORD.pack_into(self._page, _LOOK, at)

    def _text(self, at: int) -> str:
        return bytes(self._page[at + 2 : at + 2 + self._page[at]]).decode("utf-8", "replace")


def note_id(invocation_id: str) -> bytes:
    """An id as it fits on the page; no id of ours is longer than that."""
    return invocation_id.encode()[:_LONGEST_ID]
