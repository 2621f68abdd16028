"""The promises of the guide's first use case: handles at once, results, a runner in a thread, loggers, no __main__."""

from __future__ import annotations

import logging
import runpy
import threading
from collections.abc import Iterator

import pytest

from pynenc import Invocation
from pynenc.core.status import Status
from pynenc.errors import ResultTimeout, TaskDefinitionError
from pynenc.testing import sync_mode
from support import guide_basic_local_threaded as guide


@pytest.fixture
def runner() -> Iterator[threading.Thread]:
    thread = threading.Thread(target=guide.app.runner.run, daemon=True)
    thread.start()
    yield thread
    guide.app.runner.stop_runner_loop()
    thread.join(10)
    assert not thread.is_alive()


def test_nothing_configured_means_memory_and_threads() -> None:
    names = (guide.app.orchestrator, guide.app.broker, guide.app.state_backend, guide.app.runner)
    assert [type(part).__name__ for part in names] == [
        "MemOrchestrator",
        "MemBroker",
        "MemStateBackend",
        "ThreadRunner",
    ]


def test_a_call_returns_a_handle_whose_result_is_the_sum(runner: threading.Thread) -> None:
    assert guide.add(1, 2).result == 3


def test_a_call_without_a_runner_stays_registered() -> None:
    invocation = guide.add(1, 2)
    assert invocation.status is Status.REGISTERED
    with pytest.raises(ResultTimeout, match=r"is REGISTERED after 0\.01s"):
        invocation.get(timeout=0.01)


def test_a_call_made_before_the_runner_started_is_run_by_it() -> None:
    invocation = guide.add(20, 22)
    thread = threading.Thread(target=guide.app.runner.run, daemon=True)
    thread.start()
    assert invocation.get(timeout=10) == 42
    guide.app.runner.stop_runner_loop()
    thread.join(10)


def test_a_runner_can_be_started_again() -> None:
    for number in range(5):
        thread = threading.Thread(target=guide.app.runner.run, daemon=True)
        thread.start()
        assert guide.add(number, number).get(timeout=10) == 2 * number
        guide.app.runner.stop_runner_loop()
        thread.join(10)
        assert not thread.is_alive()


def test_the_logger_of_a_task_can_be_used_inside_it(runner: threading.Thread, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pynenc"):
        assert guide.add(4, 5).result == 9
    assert f"add.task_id='{guide.add.task_id}' Adding 4 + 5" in caplog.messages


def test_a_call_returns_at_once(runner: threading.Thread) -> None:
    invocation = guide.add(1, 2)
    assert isinstance(invocation, Invocation)
    assert invocation.task_id == guide.add.task_id == "support.guide_basic_local_threaded.add"
    assert invocation.result == 3


def test_a_call_can_be_forced_to_run_at_once_without_a_runner() -> None:
    with sync_mode(guide.app):
        invocation = guide.add(1, 2)
        assert (invocation.status, invocation.result) == (Status.SUCCESS, 3)
    assert guide.add(1, 2).status is Status.REGISTERED


def test_a_task_in_main_is_refused() -> None:
    with pytest.raises(TaskDefinitionError, match="tasks in __main__ cannot be imported by workers"):
        runpy.run_path(guide.__file__, run_name="__main__")
