"""The door to the memory of one app: one lock, one clock, and listening without polling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from pynenc._memory.state import State
from pynenc.broker.base import News
from pynenc.rim import now_us

P = ParamSpec("P")
R = TypeVar("R")


class MemoryStore:
    """Runs verbs one at a time. `clock` gives microseconds since the Unix epoch; tests move one by hand."""

    def __init__(self, clock: Callable[[], int] = now_us) -> None:
        self._clock = clock
        self._state = State()
        self._changed = threading.Condition()
        self._latest_us = 0

    def run(self, verb: Callable[Concatenate[State, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Take one step: `verb` alone, at one moment, seen by others completely or not at all."""
        with self._changed:
            self._latest_us = max(self._latest_us, self._clock())  # a clock set back must not make time run backwards
            self._state.begin(self._latest_us)
            try:
                return verb(self._state, *args, **kwargs)
            finally:
                if self._state.hints.fresh:
                    self._state.hints.fresh = False
                    self._changed.notify_all()

    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """Block until there is news, or time is up."""
        found: list[News] = []

        def something() -> bool:
            news = self._state.hints.take(inbox, queues)
            found.extend([] if news is None else [news])
            return news is not None

        with self._changed:
            self._changed.wait_for(something, timeout_seconds)
        return found[0] if found else News()
