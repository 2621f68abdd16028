"""What a runner makes of tasks, in threads and in memory; processes do the same by the same code."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from pynenc import TaskFailed
from pynenc.broker.base import News
from pynenc.core.records import NewInvocation
from pynenc.core.status import Status
from pynenc.errors import NotInInvocation, TaskTimeout
from pynenc.rim import new_invocation_id
from pynenc.runner.loop import WorkerLoop
from pynenc.runner.note import Note
from pynenc.runner.seat import Seat
from pynenc.runner.thread import ThreadRunner
from pynenc.runner.waits import MainWaiter
from support import thread_tasks as tasks
from support.crashes import until

PATIENCE = 20
app = tasks.app


@pytest.fixture(autouse=True)
def runner() -> Iterator[ThreadRunner]:
    """A runner with two threads."""
    tasks.may_end.clear()
    app.conf.slots, app.conf.drain_seconds, app.conf.kill_grace_seconds, app.conf.pod_uid = 2, 5.0, 1.0, "p1"
    runner = ThreadRunner(app)
    thread = threading.Thread(target=runner.run)
    thread.start()
    yield runner
    tasks.may_end.set()
    runner.stop_runner_loop()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_many_short_tasks_are_done() -> None:
    group = tasks.add.parallelize([(n, 1) for n in range(500)])
    assert list(group.results) == [n + 1 for n in range(500)]


def test_tasks_wait_for_others() -> None:
    assert tasks.chain(20).get(timeout=PATIENCE) == 20
    assert tasks.total(list(range(50))).get(timeout=PATIENCE) == 1225


def test_a_child_that_is_not_waited_for_runs_elsewhere() -> None:
    assert tasks.call_and_look().get(timeout=PATIENCE)


def test_a_wait_can_be_given_up() -> None:
    assert tasks.wait_too_long().get(timeout=PATIENCE) == "ResultTimeout"


def test_retries_wait_and_are_used_up() -> None:
    invocation = tasks.ask_again()
    assert type(invocation.exception).__name__ == "RetryError"
    assert invocation.attempt == 3


@pytest.mark.parametrize(
    ("task", "text"),
    [
        pytest.param(tasks.leave, "leave raised SystemExit: 3", id="sys.exit"),
        pytest.param(tasks.return_object, "ResultNotSerialisable: .* returned object", id="a result without wire form"),
    ],
)
def test_bad_ends_are_told(task, text: str) -> None:
    with pytest.raises(TaskFailed, match=text):
        task().get(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("task_id", "arguments", "text"),
    [
        pytest.param("support.thread_tasks.gone", b"{}", "TaskNotFound", id="a task that the code does not have"),
        pytest.param("support.thread_tasks.add", b"\x80\x05", "InvalidPayload", id="arguments that nobody can read"),
    ],
)
def test_what_cannot_be_run_fails(task_id: str, arguments: bytes, text: str) -> None:
    new = NewInvocation(new_invocation_id(), task_id, arguments)
    app.orchestrator.enqueue([new])
    with pytest.raises(TaskFailed, match=text):
        app.invocation(new.invocation_id).get(timeout=PATIENCE)


def test_a_task_is_interrupted_at_its_timeout() -> None:
    with pytest.raises(TaskTimeout):
        tasks.spin().get(timeout=PATIENCE)
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_coroutines_share_a_thread() -> None:
    results: list[object] = list(tasks.sleep_async.parallelize([(0.2,)] * 20).results)
    assert results == [0.2] * 20


def test_coroutines_wait_for_others_without_blocking() -> None:
    value: object = tasks.sum_async([1, 2, 3]).get(timeout=PATIENCE)
    assert value == 6
    given_up: object = tasks.wait_async_too_long().get(timeout=PATIENCE)
    assert given_up == "ResultTimeout"


def test_a_plain_function_may_return_a_coroutine() -> None:
    assert tasks.coroutine_of_a_plain_function().get(timeout=PATIENCE) == 5


def test_coroutines_fail_and_time_out() -> None:
    assert isinstance(tasks.fail_async("no such address").exception, ValueError)
    assert isinstance(tasks.sleep_async_too_long().exception, TaskTimeout)


def test_a_stopped_runner_gives_back_what_runs(runner: ThreadRunner) -> None:
    app.conf.drain_seconds = 0.05
    invocation = tasks.wait_until_told()
    assert until(lambda: invocation.status is Status.RUNNING, PATIENCE)
    runner.stop_runner_loop()
    assert until(lambda: invocation.status is Status.REROUTED, PATIENCE)
    assert until(lambda: app.orchestrator.workers() == [], PATIENCE), "its worker leaves after that"


class Nobody:
    """A runner that takes no notice."""

    note = Note()

    def say(self, word: bytes) -> None:
        """Nothing."""

    def park(self) -> None:
        """Nothing."""


def test_only_a_running_task_can_wait() -> None:
    loop = WorkerLoop(Seat(app, "nobody", Nobody()))
    with pytest.raises(NotInInvocation):
        MainWaiter(loop).wait_for(["a"], None)


def test_a_runner_that_was_stopped_before_it_began_takes_nothing() -> None:
    other = ThreadRunner(app)
    other.stop_runner_loop()
    other.run()
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_workers_whose_pod_is_drained_leave_markers_to_others_until_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    stood_by = threading.Event()
    listen = WorkerLoop.listen

    def noted(self: WorkerLoop, queues: Sequence[str], seconds: float) -> News:
        if not queues:
            stood_by.set()
        return listen(self, queues, min(seconds, 0.05))

    monkeypatch.setattr(WorkerLoop, "listen", noted)
    app.orchestrator.drain(["p1"], 3600)
    waiting = tasks.add(2, 3)
    assert stood_by.wait(PATIENCE)
    assert waiting.status is Status.REGISTERED
    app.orchestrator.drain(["p1"], 0)
    assert waiting.get(timeout=PATIENCE) == 5
