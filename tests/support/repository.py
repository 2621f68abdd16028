"""The files of this repository as the architecture tests look at them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT / "sdk" / "src", ROOT / "operator" / "src")


@cache
def files() -> tuple[Path, ...]:
    """All files that are in git or would be, relative to the root; of an export without git, all files."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        found = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in (path.relative_to(ROOT) for path in ROOT.rglob("*")) if not _made(path)]
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def _made(path: Path) -> bool:
    hidden = any(part.startswith(".") and part != ".ci" for part in path.parts[:-1])
    return hidden or "__pycache__" in path.parts


def modules() -> tuple[Path, ...]:
    """All Python files."""
    return tuple(path for path in files() if path.suffix == ".py")


def source_modules() -> tuple[Path, ...]:
    """The Python files of the two packages."""
    return tuple(path for path in modules() if any((ROOT / path).is_relative_to(source) for source in SOURCES))


def text(path: Path) -> str:
    """The text of a file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(text(path), filename=str(path))
