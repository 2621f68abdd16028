"""Processes that a program has left behind, known by a folder in their environment."""

from __future__ import annotations

import os
from pathlib import Path


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
