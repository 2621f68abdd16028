"""What a worker process is given when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any


@dataclass(frozen=True)
class Assignment:
    """All that a worker process is given: its app, what was assigned to its settings, and its ends of what is shared.

    `page` is the shared memory of `pynenc.runner.note.Note`; what goes through `wire` is in `pynenc.runner.host`.
    """

    location: str
    settings: dict[str, object]
    worker: str
    wire: Connection[bytes, bytes]
    page: Any
