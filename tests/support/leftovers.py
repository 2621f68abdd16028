"""What a program has left behind: files in a folder of its own, and processes with that folder in their environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for temporary files whose path is short enough for the socket of a server."""
    with TemporaryDirectory(prefix="pn-", dir="/tmp") as folder:
        yield Path(folder)


def processes_with(folder: Path) -> list[str]:
    """Ids of the processes, other than this one, whose environment names `folder`."""
    needle = os.fsencode(folder)
    others = (process for process in Path("/proc").glob("[0-9]*") if int(process.name) != os.getpid())
    return [process.name for process in others if needle in _environment_of(process)]


def _environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""
