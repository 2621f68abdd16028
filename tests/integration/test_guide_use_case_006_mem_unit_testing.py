"""The promises of the guide's sixth use case: the whole stack in one process, quick, and started as often as wanted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynenc import Pynenc
from pynenc.core.status import Status
from support import call_tasks
from support import guide_unit_testing as guide
from support.crashes import SOURCES

PATIENCE = 30
TEST = """\
import threading
import unittest
import tasks

class TestAddTaskMemMode(unittest.TestCase):
    def setUp(self) -> None:
        # Set Pynenc to use in-memory components for testing
        tasks.app.conf.dev_mode_force_sync_tasks = False
        tasks.app.conf.orchestrator_cls = 'MemOrchestrator'
        tasks.app.conf.broker_cls = 'MemBroker'
        tasks.app.conf.state_backend_cls = 'MemStateBackend'
        tasks.app.conf.runner_cls = 'ThreadRunner'

        # Start the runner in a separate thread for asynchronous task execution
        self.thread = threading.Thread(target=tasks.app.runner.run, daemon=True)
        self.thread.start()

    def tearDown(self):
        # Ensure the runner is stopped after tests
        tasks.app.runner.stop_runner_loop()
        self.thread.join()

    def test_add_in_mem_mode(self) -> None:
        # Test the add task under Mem mode
        result = tasks.add(1, 2).result
        self.assertEqual(result, 3)
"""
"""The guide's own, and the import of `threading` that it leaves out."""
BY_ENVIRONMENT = {
    "PYNENC__ORCHESTRATOR_CLS": "MemOrchestrator",
    "PYNENC__BROKER_CLS": "MemBroker",
    "PYNENC__STATE_BACKEND_CLS": "MemStateBackend",
    "PYNENC__RUNNER_CLS": "ThreadRunner",
    "PYNENC__REDIS_URL": "redis://nowhere.invalid:1",
}


@contextmanager
def running(app: Pynenc) -> Iterator[None]:
    """The guide's way to run an app beside a test."""
    thread = threading.Thread(target=app.runner.run, daemon=True)
    thread.start()
    yield
    app.runner.stop_runner_loop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def run_guide(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the test of the guide beside its tasks, as a user has them."""
    (folder / "tasks.py").write_text(Path(guide.__file__).read_text())
    (folder / "test_tasks.py").write_text(TEST)
    whole = {**os.environ, "PYTHONPATH": SOURCES, **environment}
    program = [sys.executable, "-m", "unittest", "-v", "test_tasks"]
    return subprocess.run(program, cwd=folder, env=whole, capture_output=True, text=True, timeout=60, check=False)


def test_the_test_of_the_guide_passes(tmp_path: Path) -> None:
    done = run_guide(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr


def test_it_is_switched_by_the_environment_too(tmp_path: Path) -> None:
    done = run_guide(tmp_path, **BY_ENVIRONMENT)
    assert done.returncode == 0, done.stderr


def test_it_is_switched_by_the_configuration_beside_a_server() -> None:
    app = Pynenc(
        config_values={
            "app_id": "guide-006-switched",
            "redis_url": "redis://nowhere.invalid:1",
            "orchestrator_cls": "MemOrchestrator",
            "broker_cls": "MemBroker",
            "state_backend_cls": "MemStateBackend",
            "arg_cache_cls": "MemArgCache",
            "runner_cls": "ThreadRunner",
        }
    )
    answer = app.task(call_tasks.answer)
    with running(app):
        assert answer().get(timeout=PATIENCE) == 42


def test_the_full_stack_starts_and_stops_many_times() -> None:
    guide.app.conf.app_id = "guide-006-many"
    for number in range(20):
        with running(guide.app):
            assert guide.add(number, 1).get(timeout=PATIENCE) == number + 1


def test_a_task_takes_less_than_10_ms() -> None:
    guide.app.conf.app_id = "guide-006-fast"
    with running(guide.app):
        assert guide.add(1, 1).get(timeout=PATIENCE) == 2
        seconds = []
        for number in range(50):
            before = time.monotonic()
            assert guide.add(number, 1).get(timeout=PATIENCE) == number + 1
            seconds.append(time.monotonic() - before)
    assert sorted(seconds)[len(seconds) // 2] < 0.01


def test_apps_are_isolated_by_their_ids() -> None:
    one, other = Pynenc(app_id="guide-006-one"), Pynenc(app_id="guide-006-other")
    waiting = other.task(call_tasks.answer)()
    with running(one):
        assert one.task(call_tasks.answer)().get(timeout=PATIENCE) == 42
    assert waiting.status is Status.REGISTERED
    assert one.invocations() != []
    assert other.invocations(status="SUCCESS") == []
