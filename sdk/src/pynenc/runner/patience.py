"""Steps that outlast an outage of the store: every verb is safe to repeat, and the lease decides when to give up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pynenc.core.records import Enqueued, NewInvocation
from pynenc.errors import BackendFull, BackendUnavailable
from pynenc.rim import fraction

if TYPE_CHECKING:
    from pynenc.app import Pynenc

T = TypeVar("T")
SHORTEST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0


def persist(step: Callable[[], T], *, when_full: bool = True) -> T:
    """Repeat `step` while the store is away, or has no memory for what it asks unless that is to be told."""
    pause = SHORTEST_PAUSE_SECONDS
    while True:
        try:
            return step()
        except BackendFull:
            if not when_full:
                raise
        except BackendUnavailable:
            pass
        time.sleep(pause * (0.5 + fraction() / 2))  # spreads reconnects
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def submit(app: Pynenc, batch: Sequence[NewInvocation]) -> list[Enqueued]:
    """Queue what a running task calls; a store that is full refuses it."""
    return persist(lambda: app.orchestrator.enqueue(batch), when_full=False)
