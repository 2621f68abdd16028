"""Committed text speaks of the product alone, not of the place where it happens to be worked on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from support import repository

PUBLIC_HOSTS = {
    "deb.debian.org",
    "docker.io",
    "github.com",
    "proxy.golang.org",
    "pypi.org",
    "registry.k8s.io",
    "sum.golang.org",
}


def words_of_the_surroundings():
    """This checkout's own path, this user's home, and the hosts that the environment names for downloads."""
    paths = {str(path) for path in (repository.ROOT, Path.home() / ".cache") if len(path.parts) > 2}
    hosts = set(re.findall(r"https?://(?:[^@/\s]*@)?([\w.-]+\.[a-z]+)", " ".join(os.environ.values())))
    return [re.compile(rf"(?<![\w.]){re.escape(word)}\b") for word in paths | hosts - PUBLIC_HOSTS]


def test_no_file_names_this_place():
    words = words_of_the_surroundings()
    found = [
        f"{path}: {word.pattern}"
        for path in repository.files()
        if (repository.ROOT / path).stat().st_size < 1_000_000
        for word in words
        if word.search((repository.ROOT / path).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_nothing_is_committed_that_a_tool_makes():
    made = {".venv", ".cache", "__pycache__", "dist", "build", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    assert [str(path) for path in repository.files() if made & set(path.parts)] == []
