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
from support.leftovers import processes_with, short_folder
from support.repository import ROOT

EXAMPLES = ROOT / "examples"
SECONDS = 100
SUITES = {"07-own-component": 3, "08-sync-tests": 4}
SHOWN = {
    "01-hello": [
        r"add\(2, 3\)\.result                 = 5",
        r"invocations ended .* 100% .*",
        r"30 invocations ended within \S+ s",
        r"sum\(add\.parallelize\(30 pairs\)\)   = 870",
        r"the runner and the server have ended; nothing is left behind",
    ],
    "02-fan-out": [
        r"left out: \[Errno 2\] No such file or directory: 'pages/lost\.html'",
        r"pages .* 100% .*",
        r"5 pages in the order of the files: Bread, Flour, Salt, Water, Wheat",
        r"most frequent: bread 7, flour 6, from 5",
        r"most linked: flour\.html",
    ],
    "03-nested-results": [
        r"a bicycle costs 259\.40",
        r"11 invocations on one worker, the deepest four levels down",
    ],
    "04-concurrency-control": [
        r"bookings at once: 1 of an account, [123] of all",
        r"calls to the bank at once: [12]",
        r"10 calls for a report are 1 invocation: report of ada",
        r"stocktaking: CONCURRENCY_CONTROLLED_FINAL, CONCURRENCY_CONTROLLED_FINAL, SUCCESS",
    ],
    "05-retries-and-dead-letters": [
        r"reserved 2 x lamp at attempt 3",
        r"printed the label of order 7 at attempt 2",
        r"gave up: ConnectionError\('the warehouse does not answer about a clock'\) at attempt 2",
        r"taken in: \['order 8: 4 x chair', JSONDecodeError\(.*\)\]",
        r"\S+ +tasks\.take_in .* JSONDecodeError: .*",
        r"\S+ +tasks\.reserve .* ConnectionError: .*",
        r"\S+ runs again as \S+",
        r"after the file was mended: \['order 9: 1 x table'\]",
    ],
    "06-async-tasks": [
        r"prices .* 100% .*",
        r"40 requests of 0\.2 s on two workers took [0-3]\.\d s, and not 4\.0 s",
        r"chair: 10\.58 at shop 7",
        r"chair 10\.58; clock 11\.37; lamp 10\.26; table 10\.46",
    ],
    "07-own-component": [
        r"NewestFirstBroker keeps the order of work",
        r"handed in: Rain is expected, The rain has begun, The river is high, The sun is back",
        r"read:      The sun is back, The river is high, The rain has begun, Rain is expected",
    ],
}


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
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert names == set(re.findall(r"^\| \[[^]]+\]\(examples/([^)]+)\)", readme, re.MULTILINE))
    assert [name for name in names if not (EXAMPLES / name / "README.md").is_file()] == []


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
