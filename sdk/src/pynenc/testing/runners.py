"""What runners promise, as tests for pytest, and the tasks that they are made to run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pynenc.app import Pynenc
from pynenc.core.status import Status
from pynenc.runner.base import BaseRunner
from pynenc.task import Task
from pynenc.testing.promises import expect, expect_equal, expect_error

PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.01


def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number


def fail(reason: str) -> None:
    """Raise a ValueError."""
    raise ValueError(reason)


def linger(seconds: float) -> float:
    """Take a while."""
    time.sleep(seconds)
    return seconds


class RunnerPromises:
    """Promises of `BaseRunner`; wants the fixture `runner`, on an app of its own whose components are empty.

    A runner whose workers are other processes finds the app by its module, which must call `add_tasks(app)`.

    Example:
        class TestMyRunner(RunnerPromises):
            @pytest.fixture
            def runner(self):
                return MyRunner(Pynenc())
    """

    def test_what_is_called_is_run(self, runner: BaseRunner) -> None:
        """Before it started too."""
        task = _task(runner, double)
        early = task(21)
        with _running(runner):
            expect_equal(early.get(timeout=PATIENCE_SECONDS), 42, "a runner must run what waits")
            results = task.parallelize([(number,) for number in range(20)]).get(timeout=PATIENCE_SECONDS)
            expect_equal(results, [2 * number for number in range(20)], "a runner must run all that is called")

    def test_an_error_of_a_task_is_its_end_and_not_that_of_the_runner(self, runner: BaseRunner) -> None:
        """The caller gets it."""
        call = _task(runner, fail)("no luck")
        with _running(runner):
            expect_error(ValueError, lambda: call.get(timeout=PATIENCE_SECONDS), "the caller must get the error")
            expect_equal(call.status, Status.FAILED, "an invocation whose task raises must be FAILED")
            result = _task(runner, double)(1).get(timeout=PATIENCE_SECONDS)
            expect_equal(result, 2, "a runner must go on after an error of a task")

    def test_what_runs_is_finished_when_it_stops(self, runner: BaseRunner) -> None:
        """Nothing more is claimed."""
        call = _task(runner, linger)(0.2)
        with _running(runner):
            _wait_for(lambda: call.status is Status.RUNNING, "a runner must start what waits")
        expect_equal(call.status, Status.SUCCESS, "a runner must finish what runs")
        expect_equal(runner.app.orchestrator.workers(), [], "the workers of a runner must leave in order")
        late = _task(runner, double)(1)
        expect_equal(late.status, Status.REGISTERED, "a runner that has stopped must claim nothing")

    def test_it_can_be_started_again(self, runner: BaseRunner) -> None:
        """As often as wanted."""
        for number in range(3):
            with _running(runner):
                result = _task(runner, double)(number).get(timeout=PATIENCE_SECONDS)
                expect_equal(result, 2 * number, "a runner must run again")


def add_tasks(app: Pynenc) -> None:
    """Make the tasks of the suite known to an app. Safe to repeat."""
    for function in (double, fail, linger):
        app.task(function)


def _task(runner: BaseRunner, function: object) -> Task[..., object]:
    add_tasks(runner.app)
    return next(task for task in runner.app.tasks.values() if task.func is function)


@contextmanager
def _running(runner: BaseRunner) -> Iterator[None]:
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    try:
        _wait_for(runner.app.orchestrator.workers, "a runner must make its workers known")
        yield
    finally:
        runner.stop_runner_loop()
        thread.join(PATIENCE_SECONDS)
    expect(not thread.is_alive(), "run must return once stop_runner_loop was called")


def _wait_for(condition: Callable[[], object], promise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        expect(time.monotonic() < deadline, promise)
        time.sleep(POLL_SECONDS)
