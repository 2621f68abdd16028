"""`pynenc.testing.running`: a server and a runner beside a program, which end with it whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc.discovery import AppSpecError
from pynenc.errors import ConfigurationError
from pynenc.testing import running
from support import runner_tasks as tasks
from support.crashes import SOURCES, until
from support.leftovers import processes_with, short_folder

PATIENCE = 60
PROGRAM = """
import sys
from pynenc.testing import running
from support import runner_tasks as tasks
with running(tasks.app):
    print(tasks.fibonacci(3).get(timeout=60), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where servers of this test have their folders, and what their runners are known by."""
    with short_folder() as folder:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        monkeypatch.setenv("TMPDIR", str(folder))
        yield folder


def nothing_is_left(temporary: Path) -> bool:
    """Whether the folders are gone, and soon all processes; what forked workers ends by itself a moment later."""
    return list(temporary.iterdir()) == [] and until(lambda: not processes_with(temporary), PATIENCE)


def test_tasks_run_on_a_server_and_a_runner_that_end_with_the_block(temporary: Path) -> None:
    before = tasks.app.conf.redis_url
    with running(tasks.app, slots=1) as url:
        assert tasks.app.conf.redis_url == url
        assert tasks.fibonacci(5).get(timeout=PATIENCE) == 5
        assert processes_with(temporary)
    assert tasks.app.conf.redis_url == before
    assert nothing_is_left(temporary)


def test_an_error_in_the_block_ends_them_too(temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), running(tasks.app):
        raise ZeroDivisionError
    assert nothing_is_left(temporary)


def test_a_thread_can_have_them_too(temporary: Path) -> None:
    found: list[int] = []

    def call() -> None:
        with running(tasks.app, slots=1):
            found.append(tasks.fibonacci(4).get(timeout=PATIENCE))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(PATIENCE)
    assert found == [3]
    assert nothing_is_left(temporary)


def test_a_runner_that_cannot_start_is_told_at_once(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYNENC__RUNNER__SLOTZ", "1")
    with pytest.raises(ConfigurationError, match="the runner ended with exit code 1"), running(tasks.app):
        pytest.fail("there is no runner")
    assert "slotz" in capfd.readouterr().err.lower()
    assert nothing_is_left(temporary)


def test_an_app_that_no_module_has_is_refused(temporary: Path) -> None:
    with pytest.raises(AppSpecError, match="make it an attribute of a module"), running(Pynenc()):
        pytest.fail("nobody could import it")
    assert list(temporary.iterdir()) == []


def test_a_program_that_is_killed_leaves_no_process(temporary: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SOURCES},
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"2\n"
        program.send_signal(signal.SIGKILL)
    assert until(lambda: not processes_with(temporary), PATIENCE)
