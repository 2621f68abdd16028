"""Word of a child that goes out a little later: mostly its parent waits for it at once, and then runs it itself.

An idle worker that were told at once would take one such child after the other away from the worker that has its
caller on the stack, to the loss of both. Word that is lost with its worker is made up for by the worker's successor.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LATE_SECONDS = 0.001
"""How long a parent has to ask for what it has called."""
CALM = 50
"""So many looks in vain end looking, until there is word again."""


class LateWord:
    """At most one word that is owed; `wake` tells an idle worker of a queue. Thread-safe."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._owed: tuple[str, str, float] | None = None
        self._lock = threading.Lock()
        self._awake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def is_owed(self) -> bool:
        """Whether there is word that has not gone out."""
        return self._owed is not None

    def owe(self, queue: str, invocation_id: str) -> None:
        """An invocation was queued, and nobody was told. Word that was owed before must have gone out."""
        with self._lock:
            self._owed = (queue, invocation_id, time.monotonic())
        if not self._awake.is_set():
            self._awake.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="pynenc-late", daemon=True)
            self._thread.start()

    def taken(self, invocation_id: str) -> None:
        """Its parent runs it: there is nothing to tell."""
        with self._lock:
            if self._owed is not None and self._owed[1] == invocation_id:
                self._owed = None

    def covered(self, queue: str) -> None:
        """Somebody was told of other work in that queue, and takes what is there."""
        with self._lock:
            if self._owed is not None and self._owed[0] == queue:
                self._owed = None

    def take(self) -> bool:
        """Whether word is owed, which is then the caller's to pass on."""
        with self._lock:
            owed, self._owed = self._owed, None
        return owed is not None

    def tell(self) -> None:
        """Let owed word go out now."""
        with self._lock:
            owed, self._owed = self._owed, None
        if owed is not None:
            self._wake(owed[0])

    def close(self) -> None:
        """Let owed word go out, and end."""
        self._closed = True
        self._awake.set()
        self.tell()

    def _look(self) -> None:
        calm = 0
        while not self._closed:
            if calm >= CALM:
                self._awake.wait()
                calm = 0
            time.sleep(LATE_SECONDS)
            owed = self._owed
            calm = calm + 1 if owed is None else 0
            if owed is not None and time.monotonic() - owed[2] >= LATE_SECONDS:
                self.tell()
            elif calm >= CALM:
                self._awake.clear()
                if self.is_owed:  # owed after the look, and before the clear
                    self._awake.set()
