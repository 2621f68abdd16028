"""Every example runs from its own folder as its README says, prints what it is there to show, and leaves nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.crashes import until
from support.examples import SHOWN
from support.leftovers import processes_with, short_folder
from support.repository import ROOT

EXAMPLES = ROOT / "examples"
SECONDS = 100
SUITES = {"07-own-component": 3, "08-sync-tests": 4}


@pytest.fixture
def temporary() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


def run(folder: Path, temporary: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A program in the folder of an example, which has a folder for temporary files of its own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYNENC")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**others, "TMPDIR": str(temporary), "COLUMNS": "150"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_every_example_is_run_here_and_listed_in_the_readme() -> None:
    names = {folder.name for folder in EXAMPLES.iterdir() if (folder / "tasks.py").is_file()}
    assert names == SHOWN.keys() | SUITES.keys()
    folders = {folder.name for folder in EXAMPLES.iterdir()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert folders == set(re.findall(r"^\| \[[^]]+\]\(examples/([^)]+)\)", readme, re.MULTILINE))
    assert [name for name in folders if not (EXAMPLES / name / "README.md").is_file()] == []


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_shows_what_it_is_about(name: str, temporary: Path) -> None:
    done = run(EXAMPLES / name, temporary, "run.py")
    assert done.returncode == 0, done.stderr
    lines = iter(done.stdout.splitlines())
    for pattern in SHOWN[name]:  # in this order, with others between
        assert any(re.fullmatch(pattern, line.rstrip()) for line in lines), f"{pattern}\n{done.stdout}"
    # The nested one shows the log; whatever else is said there is a warning.
    assert [line for line in done.stderr.splitlines() if " INFO " not in line] == []
    assert list(temporary.iterdir()) == []
    assert until(lambda: not processes_with(temporary), 10)


@pytest.mark.parametrize(("name", "number"), SUITES.items())
def test_the_tests_of_an_example_pass(name: str, number: int, temporary: Path) -> None:
    done = run(EXAMPLES / name, temporary, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:asyncio")
    assert re.search(rf"^=+ {number} passed in ", done.stdout, re.MULTILINE), done.stdout + done.stderr
