"""What is committed is written by people, not left behind by tools."""

from __future__ import annotations

from support import repository


def test_nothing_is_committed_that_a_tool_makes():
    made = {".venv", ".cache", "__pycache__", "dist", "build", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    assert [str(path) for path in repository.files() if made & set(path.parts)] == []
