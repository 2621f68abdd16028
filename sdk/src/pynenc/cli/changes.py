"""Which source files there are and when they changed, looked at again and again. Needs nothing but a file system."""

from __future__ import annotations

import sys
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

Seen = dict[Path, tuple[int, int]]
"""Time of change in nanoseconds and size, by file."""

SETTINGS = "pyproject.toml"


def look(folders: Iterable[Path]) -> Seen:
    """The Python files in `folders`, not below them, and a `pyproject.toml` there."""
    seen: Seen = {}
    for folder in folders:
        for path in (*folder.glob("*.py"), folder / SETTINGS):
            try:
                found = path.stat()
            except OSError:  # it has been deleted meanwhile, or there is none
                continue
            seen[path] = (found.st_mtime_ns, found.st_size)
    return seen


def changed(before: Seen, after: Seen) -> list[str]:
    """Names of the files that are new, gone or different."""
    paths = before.keys() | after.keys()
    return sorted(path.name for path in paths if before.get(path) != after.get(path))


def own_folders(error: BaseException | None = None) -> set[Path]:
    """The folders of all modules that this process has imported, and of those in which `error` was raised.

    What is installed beside Python itself is left out, and so is this package.
    """
    files: set[object] = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    if error is not None:
        files |= {frame.filename for frame in traceback.extract_tb(error.__traceback__)}
        files.add(getattr(error, "filename", None))
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    foreign = [Path(__file__).resolve().parents[1], *(Path(place).resolve() for place in installed)]
    named = [file for file in files if isinstance(file, str) and not file.startswith("<")]
    folders = {Path(file).resolve().parent for file in named}
    return {folder for folder in folders if folder.is_dir() and not any(map(folder.is_relative_to, foreign))}
