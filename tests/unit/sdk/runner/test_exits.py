"""What the kernel tells of the end of a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from pynenc.runner.process.exits import OutOfMemory, describe, event_files


@pytest.mark.parametrize(
    ("code", "out_of_memory", "text"),
    [
        (0, False, "ended with exit code 0"),
        (3, False, "ended with exit code 3"),
        (-11, False, "killed by SIGSEGV"),
        (-9, False, "killed by SIGKILL"),
        (-9, True, "killed by SIGKILL because it was out of memory"),
    ],
)
def test_an_end_is_a_clause(code: int, out_of_memory: bool, text: str) -> None:
    assert describe(code, out_of_memory=out_of_memory) == text


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        pytest.param("0::/pod/a\n", ["pod/a/memory.events", "memory.events"], id="version 2"),
        pytest.param(
            "9:name=systemd:/\n4:cpu,memory:/pod\n",
            ["memory/pod/memory.oom_control", "memory/memory.oom_control"],
            id="version 1",
        ),
        pytest.param("9:name=systemd:/\n", [], id="no memory controller"),
    ],
)
def test_the_counter_is_looked_for_in_both_versions(groups: str, files: list[str]) -> None:
    root = Path("/groups")
    assert event_files(groups, root) == [root / file for file in files]


def test_a_counter_that_rises_tells_of_a_kill_once(tmp_path: Path) -> None:
    file = tmp_path / "memory.events"
    file.write_text("low 0\nhigh 0\noom 1\noom_kill 1\n")
    watched = OutOfMemory([tmp_path / "absent", file])
    assert not watched.has_risen()
    file.write_text("low 0\nhigh 0\noom 2\noom_kill 2\n")
    assert watched.has_risen()
    assert not watched.has_risen()


def test_without_a_counter_nothing_is_told(tmp_path: Path) -> None:
    watched = OutOfMemory([tmp_path / "absent"])
    assert not watched.has_risen()
    assert not OutOfMemory().has_risen()
