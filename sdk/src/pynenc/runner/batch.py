"""Several short tasks at once: what a worker holds beside the one that it runs, and how much that may be.

Nothing that has ended may wait behind a long task for being settled, and nothing that has not started may be held by
one: a thread looks after the batch while there is one, and clears it when the current task takes too long.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from pynenc.core.records import Claimed, Settlement

HELD_SECONDS = 0.05
"""The longest that a batch is held."""
MOST = 64
RISE, FALL = 0.5, 0.1


class Pace:
    """How long tasks have taken lately, and how many are worth claiming at once: half of `HELD_SECONDS`, at most."""

    def __init__(self) -> None:
        self._seconds = HELD_SECONDS

    def note(self, seconds: float) -> None:
        """One more has taken so long. A longer one counts at once, shorter ones little by little."""
        weight = RISE if seconds > self._seconds else FALL if self._seconds < HELD_SECONDS else 1.0
        self._seconds += weight * (min(seconds, HELD_SECONDS) - self._seconds)

    @property
    def size(self) -> int:
        """How many to claim."""
        return max(1, min(MOST, int(HELD_SECONDS / 2 / max(self._seconds, 1e-6))))


class Batch:
    """What is claimed and not started, and what has ended and is not settled. Thread-safe.

    `clear` is given both when they are held for too long; it settles the one and releases the other.
    """

    def __init__(self, clear: Callable[[Sequence[Settlement], Sequence[Claimed]], None]) -> None:
        self._clear = clear
        self._waiting: deque[Claimed] = deque()
        self._ended: list[Settlement] = []
        self._lock = threading.Lock()
        self._since = 0.0
        self._watched = False
        self._awake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def fill(self, items: Sequence[Claimed]) -> None:
        """Take over what was claimed; nothing of an earlier claim is left."""
        self._since = time.monotonic()
        self._waiting.extend(items)
        if len(items) > 1 and not self._watched:
            self._watch()

    def take(self) -> Claimed | None:
        """The next to be started."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def end(self, settlement: Settlement) -> None:
        """Keep what has ended until it is settled."""
        with self._lock:
            self._ended.append(settlement)

    def take_ended(self) -> list[Settlement]:
        """What has ended, to be settled by the caller."""
        with self._lock:
            ended, self._ended = self._ended, []
        return ended

    def holds(self, invocation_id: str) -> bool:
        """Whether an invocation waits here to be started."""
        return any(claimed.invocation_id == invocation_id for claimed in list(self._waiting))

    def clear(self) -> None:
        """Settle and release everything now."""
        with self._lock:
            waiting, ended = list(self._waiting), self._ended
            self._waiting.clear()
            self._ended = []
        if waiting or ended:
            self._clear(ended, waiting)

    def close(self) -> None:
        """End the thread that looks after the batch."""
        self._closed = True
        self._awake.set()

    def _watch(self) -> None:
        self._watched = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._look_after, name="pynenc-batch", daemon=True)
            self._thread.start()
        self._awake.set()

    def _look_after(self) -> None:
        while not self._closed:
            self._awake.wait()
            self._awake.clear()
            while self._waiting or self._ended:
                left = self._since + HELD_SECONDS - time.monotonic()
                if left <= 0:
                    self.clear()
                else:
                    time.sleep(left)
            self._watched = False
            if self._waiting or self._ended:  # filled before it could be seen that nobody watches
                self._watched = True
                self._awake.set()
