"""A de-duplicating queue of keys: what happened is forgotten, only what must be looked at is kept.

A key that waits is there once, however often it was added. A key that is being worked on is never handed out a
second time; added meanwhile, it is handed out again afterwards. Not here: what the work is (`controller`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Jitter = Callable[[], float]
"""Gives a number from 0 up to 1."""

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 60.0


def backoff_seconds(failures: int, jitter: float) -> float:
    """How long to wait after so many failures in a row: doubling, capped, the upper half of it left to `jitter`."""
    full = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 20), LONGEST_BACKOFF_SECONDS)
    return full * (0.5 + jitter / 2)


class WorkQueue(Generic[Key]):
    """Hands out keys first in, first out. All methods belong to the thread of the event loop."""

    def __init__(self, jitter: Jitter) -> None:
        self._jitter = jitter
        self._ready: deque[Key] = deque()
        self._waiting: set[Key] = set()
        self._active: set[Key] = set()
        self._again: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._filled = asyncio.Event()

    def add(self, key: Key) -> None:
        """Have `key` looked at as soon as possible."""
        if key in self._active:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._ready.append(key)
            self._filled.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Have `key` looked at after `seconds` at the latest; of several such wishes the earliest counts."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= loop.time() + seconds:
                return
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._due, key)

    async def get(self) -> Key:
        """Take the next key; it stays taken until `done` or `failed`."""
        while not self._ready:
            self._filled.clear()
            await self._filled.wait()
        key = self._ready.popleft()
        self._waiting.discard(key)
        self._active.add(key)
        return key

    def done(self, key: Key) -> None:
        """Give `key` back after success, which ends its back-off."""
        self._failures.pop(key, None)
        self._release(key)

    def failed(self, key: Key) -> float:
        """Give `key` back after a failure; it comes again after the returned number of seconds."""
        self._failures[key] = self._failures.get(key, 0) + 1
        seconds = backoff_seconds(self._failures[key], self._jitter())
        self.add_after(key, seconds)
        self._release(key)
        return seconds

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def idle(self) -> bool:
        """Whether nothing is ready and nothing is being worked on."""
        return not self._ready and not self._active

    def close(self) -> None:
        """Forget everything that is to come later."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _due(self, key: Key) -> None:
        del self._timers[key]
        self.add(key)

    def _release(self, key: Key) -> None:
        self._active.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)
