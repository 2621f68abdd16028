"""What a supervisor and one of its workers tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

PAUSED = b"p"
"""Worker: my invocation waits, my slot is free."""
RESUMED = b"r"
"""Worker: it goes on, and needs a slot again."""


@dataclass(frozen=True)
class Assignment:
    """All that a worker process is given: its app, what was assigned to its settings, and its ends of the wire.

    `retire` is one byte of shared memory, 1 when the worker is to end after what it runs; a byte, because reading
    it costs nothing between two short tasks.
    """

    location: str
    settings: dict[str, object]
    worker: str
    wire: Connection[bytes, bytes]
    retire: Any
