"""What a worker and the runner that it belongs to say to each other, beside the shared `Note`."""

from __future__ import annotations

from typing import Protocol

from pynenc.runner.note import Note

PAUSED = b"p"
"""Worker: my invocation waits, my slot is free."""
RESUMED = b"r"
"""Worker: it goes on, and needs a slot again."""
PARKED = b"k"
"""Worker: I do nothing until `GO`, as ordered."""
HURRY = b"h"
"""Worker: there is a deadline before you look next."""
DONE = b"d"
"""Worker, followed by an id: what was to be cancelled has ended here, or is not here."""
REPORT = b"m"
"""Worker, followed by JSON: what ended since the last report; see `runner.tally`."""
GO = b"g"
"""Supervisor: look at your orders again."""
CANCEL = b"c"
"""Supervisor, followed by an id: end it as cancelled."""
GIVE_BACK = b"b"
"""Supervisor: give back now what you run."""


class Host(Protocol):
    """What a worker needs of its runner."""

    note: Note

    def say(self, word: bytes) -> None:
        """Tell the runner; returns at once."""

    def park(self) -> None:
        """Wait until the order allows to go on. Called in the worker's main thread."""
