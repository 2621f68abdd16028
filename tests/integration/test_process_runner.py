"""What a process runner does with tasks that end well, badly, or not at all, and when it is told to end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pynenc import Pynenc, TaskFailed, WorkerLost
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.records import NewInvocation, TaskDefinition
from pynenc.core.status import Status
from pynenc.rim import new_invocation_id
from support import runner_tasks as tasks
from support.crashes import Runners, running, until
from support.servers import running_server

PATIENCE = 60


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server() as running:
        yield running


@pytest.fixture(scope="module")
def app(server: EmbeddedServer) -> Pynenc:
    tasks.app.conf.redis_url = server.url
    return tasks.app


@pytest.fixture(scope="module")
def runners(app: Pynenc, server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runners]:
    """One runner with two workers, for tests that leave it running."""
    with two_workers(server, tmp_path_factory.mktemp("runner")) as programs:
        yield programs


@pytest.fixture
def own_runner(server: EmbeddedServer, tmp_path: Path) -> Iterator[Runners]:
    """One runner with two workers, for a test that ends it; on a server without other runners or work."""
    with running_server() as own:
        tasks.app.conf.redis_url = own.url
        with two_workers(own, tmp_path) as programs:
            yield programs
        tasks.app.conf.redis_url = server.url


def two_workers(server: EmbeddedServer, folder: Path) -> AbstractContextManager[Runners]:
    environment = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": "2"}
    return running(1, 1, "support.runner_tasks:app", environment, folder)


def test_an_exception_is_raised_again_where_the_result_is_asked_for(runners: Runners) -> None:
    with pytest.raises(ValueError, match="no such address") as caught:
        tasks.fail("no such address").get(timeout=PATIENCE)
    assert "Raised in a worker by support.runner_tasks.fail" in caught.value.__notes__[0]


def test_attempts_are_repeated_for_named_exceptions_until_one_succeeds(runners: Runners) -> None:
    assert tasks.fail_until(3).get(timeout=PATIENCE) == 3


def test_retries_are_used_up(runners: Runners) -> None:
    invocation = tasks.ask_again()
    assert type(invocation.exception).__name__ == "RetryError"
    assert invocation.attempt == 2


def test_a_nested_wait_needs_no_slot_of_its_own(runners: Runners) -> None:
    assert tasks.fibonacci(6).get(timeout=PATIENCE) == 8


def test_a_coroutine_is_run(runners: Runners) -> None:
    value: object = tasks.add_later(1, 2).get(timeout=PATIENCE)
    assert value == 3


def test_sys_exit_in_a_task_ends_the_attempt_alone(runners: Runners) -> None:
    with pytest.raises(TaskFailed, match=r"leave raised SystemExit: 3"):
        tasks.leave().get(timeout=PATIENCE)


def test_a_result_that_has_no_wire_form_fails_the_invocation(runners: Runners) -> None:
    with pytest.raises(TaskFailed, match=r"ResultNotSerialisable: \S+return_object returned object, which"):
        tasks.return_object().get(timeout=PATIENCE)


def test_an_unknown_task_fails_and_the_runner_goes_on(app: Pynenc, runners: Runners) -> None:
    new = NewInvocation(new_invocation_id(), "support.runner_tasks.gone", b"{}")
    app.orchestrator.enqueue([new])
    with pytest.raises(TaskFailed, match=r"gone raised TaskNotFound: .*this worker's code has no such task"):
        app.invocation(new.invocation_id).get(timeout=PATIENCE)
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_arguments_that_cannot_be_read_fail_the_invocation(app: Pynenc, runners: Runners) -> None:
    new = NewInvocation(new_invocation_id(), tasks.add.task_id, b"\x80\x05broken")
    app.orchestrator.enqueue([new])
    with pytest.raises(TaskFailed, match="InvalidPayload"):
        app.invocation(new.invocation_id).get(timeout=PATIENCE)


def test_a_published_definition_changes_the_options_of_running_workers(app: Pynenc, runners: Runners) -> None:
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2
    app.orchestrator.publish(TaskDefinition(tasks.ask_again.task_id, max_retries=3))

    def retried_thrice() -> bool:
        invocation = tasks.ask_again()
        assert invocation.exception is not None
        return invocation.attempt == 4

    assert until(retried_thrice, 10)


def test_the_invocation_of_a_killed_worker_runs_again_within_a_second(
    app: Pynenc, runners: Runners, tmp_path: Path
) -> None:
    started, go_on = tmp_path / "started", tmp_path / "go-on"
    invocation = tasks.mark_and_wait_for(str(started), str(go_on))
    assert until(lambda: started.exists() and started.read_text(), PATIENCE)
    killed_at = time.time()
    os.kill(int(started.read_text()), signal.SIGKILL)
    assert until(lambda: invocation.attempt == 2, PATIENCE, pause_seconds=0.005)
    record = app.state_backend.records([invocation.invocation_id])[0]
    assert record is not None
    go_on.touch()
    assert invocation.get(timeout=PATIENCE) == 2
    assert record.losses == 1
    assert record.started_us / 1e6 - killed_at < 1.0


def test_an_invocation_that_kills_its_workers_is_given_up_at_the_third_loss(runners: Runners) -> None:
    with pytest.raises(WorkerLost, match="its workers were lost 3 times, the last one killed by SIGKILL"):
        tasks.die(99).get(timeout=PATIENCE)
    assert tasks.die(2).get(timeout=PATIENCE) == 3
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_an_idle_runner_picks_up_work_at_once(runners: Runners) -> None:
    tasks.add(1, 1).get(timeout=PATIENCE)
    took = []
    for _ in range(10):
        before = time.monotonic()
        tasks.add(1, 1).get(timeout=PATIENCE)
        took.append(time.monotonic() - before)
    assert min(took) < 0.1


def test_sigterm_lets_running_work_finish_and_claims_nothing_more(
    app: Pynenc, own_runner: Runners, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    running_ones = [tasks.mark_and_wait_for(str(tmp_path / f"started-{n}"), str(go_on)) for n in range(2)]
    assert until(lambda: all((tmp_path / f"started-{n}").exists() for n in range(2)), PATIENCE)
    queued = tasks.add(1, 1)
    own_runner.terminate()
    assert until(lambda: "drains: nothing more is claimed" in own_runner.log_text(), PATIENCE)
    go_on.touch()
    assert own_runner.wait(PATIENCE) == [0]
    assert [invocation.status for invocation in running_ones] == [Status.SUCCESS] * 2
    assert queued.status is Status.REGISTERED
    assert app.orchestrator.workers() == []
    assert until(lambda: own_runner.left() == [], PATIENCE)


def test_work_that_outlasts_the_drain_is_given_back_without_a_loss(app: Pynenc, tmp_path: Path) -> None:
    with running_server() as own:
        app.conf.redis_url = own.url
        outlast_the_drain(app, own, tmp_path)


def outlast_the_drain(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    environment = {
        "PYNENC__REDIS_URL": server.url,
        "PYNENC__RUNNER__SLOTS": "1",
        "PYNENC__RUNNER__DRAIN_SECONDS": "0.2",
    }
    started = tmp_path / "started"
    with running(1, 1, "support.runner_tasks:app", environment, tmp_path) as runners:
        invocation = tasks.mark_and_wait_for(str(started), str(tmp_path / "never"))
        assert until(started.exists, PATIENCE)
        assert runners.stop(PATIENCE) == [0]
    record = app.state_backend.records([invocation.invocation_id])[0]
    assert record is not None
    assert (record.status, record.losses) == (Status.REROUTED, 0)


def test_workers_end_with_a_supervisor_that_is_killed(own_runner: Runners, tmp_path: Path) -> None:
    started = tmp_path / "started"
    tasks.mark_and_wait_for(str(started), str(tmp_path / "never"))
    assert until(started.exists, PATIENCE)
    own_runner.kill_all()
    assert until(lambda: own_runner.left() == [], PATIENCE)
