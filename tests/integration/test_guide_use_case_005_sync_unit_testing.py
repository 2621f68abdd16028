"""The promises of the guide's fifth use case: one switch, and calls run inside the test that makes them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc.core.status import Status
from support import call_tasks
from support import guide_unit_testing as guide
from support import sync_tasks as tasks
from support.crashes import SOURCES

TEST = """\
import unittest
from unittest.mock import patch

import tasks

class TestAddTask(unittest.TestCase):
    def setUp(self) -> None:
        # Enable synchronous task execution
        tasks.app.conf.dev_mode_force_sync_tasks = True

    def test_add_functionality(self) -> None:
        # Test the add task
        result = tasks.add(1, 2).result
        self.assertEqual(result, 3)
"""
BY_ENVIRONMENT = """\
import tasks

assert tasks.add(1, 2).status.value == "SUCCESS"
"""


def run(folder: Path, test: str, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a test of the guide beside its tasks, as a user has them."""
    (folder / "tasks.py").write_text(Path(guide.__file__).read_text())
    (folder / "test_tasks.py").write_text(test)
    whole = {**os.environ, "PYTHONPATH": SOURCES, **environment}
    program = [sys.executable, *command]
    return subprocess.run(program, cwd=folder, env=whole, capture_output=True, text=True, timeout=60, check=False)


def test_the_test_of_the_guide_passes(tmp_path: Path) -> None:
    done = run(tmp_path, TEST, "-m", "unittest", "-v", "test_tasks")
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr


@pytest.mark.parametrize(("text", "runs_at_the_call"), [("True", True), ("1", True), ("False", False), ("0", False)])
def test_one_switch_in_the_environment_where_false_means_false(
    tmp_path: Path, text: str, runs_at_the_call: bool
) -> None:
    done = run(tmp_path, BY_ENVIRONMENT, "test_tasks.py", PYNENC__DEV_MODE_FORCE_SYNC_TASKS=text)
    assert (done.returncode == 0) is runs_at_the_call, done.stderr


def test_one_switch_in_the_configuration() -> None:
    app = Pynenc(config_values={"dev_mode_force_sync_tasks": True})
    assert app.task(call_tasks.answer)().status is Status.SUCCESS


def test_it_runs_inline_and_not_only_when_the_result_is_read() -> None:
    tasks.attempts.clear()
    tasks.fail_until(1)
    assert tasks.attempts == [1]


def test_retries_behave_as_in_production() -> None:
    assert tasks.fail_until(4).result == 4
    assert tasks.fail_until(5).status is Status.FAILED


def test_exceptions_behave_as_in_production() -> None:
    with pytest.raises(tasks.BadAddress, match="nowhere"):
        _ = tasks.send("nowhere").result


def test_nested_calls_behave_as_in_production() -> None:
    assert tasks.fibonacci(8).result == tasks.fibonacci_async(8).result == 21


def test_groups_behave_as_in_production() -> None:
    assert list(tasks.add.parallelize([(1, 1), {"x": 2, "y": 2}]).results) == [2, 4]


def test_direct_tasks_behave_as_in_production() -> None:
    assert tasks.double(21) == 42
