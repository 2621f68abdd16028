"""Steps that outlast an outage of the store: every verb is safe to repeat, and the lease decides when to give up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from pynenc.errors import BackendFull, BackendUnavailable
from pynenc.rim import fraction

T = TypeVar("T")
SHORTEST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


def persist(step: Callable[[], T]) -> T:
    """Repeat `step` while the store is away, or has no memory for what it asks."""
    pause = SHORTEST_PAUSE_SECONDS
    while True:
        try:
            return step()
        except (BackendUnavailable, BackendFull):
            time.sleep(pause * (0.5 + fraction() / 2))  # spreads reconnects
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
