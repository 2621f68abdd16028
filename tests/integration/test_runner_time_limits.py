"""What ends an attempt from outside: its timeout, a cancellation, the end of the runner."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc.core.status import Status
from pynenc.errors import TaskTimeout
from support import runner_tasks as tasks
from support.crashes import Runners, running, until
from support.servers import running_server

PATIENCE = 60


@pytest.fixture(scope="module")
def app() -> Iterator[Pynenc]:
    with running_server() as server:
        tasks.app.conf.redis_url = server.url
        yield tasks.app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def runners(app: Pynenc, folder: Path) -> Iterator[Runners]:
    environment = {
        "PYNENC__REDIS_URL": app.conf.redis_url,
        "PYNENC__RUNNER__SLOTS": "2",
        "PYNENC__RUNNER__KILL_GRACE_SECONDS": "0.5",
        "PYNENC__RUNNER__BEAT_SECONDS": "0.2",
    }
    with running(1, 1, "support.runner_tasks:app", environment, folder) as programs:
        yield programs


def losses(app: Pynenc, invocation_id: str) -> int:
    record = app.state_backend.records([invocation_id])[0]
    assert record is not None
    return record.losses


def test_a_task_is_interrupted_at_its_timeout_and_may_clean_up(app: Pynenc, runners: Runners, folder: Path) -> None:
    tasks.add(1, 1).get(timeout=PATIENCE)
    before = time.monotonic()
    invocation = tasks.sleep_too_long(60)
    with pytest.raises(TaskTimeout, match=r"sleep_too_long took longer than its timeout allows \(0.3s\)"):
        invocation.get(timeout=PATIENCE)
    assert time.monotonic() - before < 2
    assert (folder / "cleaned").exists()
    assert losses(app, invocation.invocation_id) == 0


def test_the_worker_of_an_interrupted_task_goes_on(runners: Runners) -> None:
    pids = {tasks.pid_of_worker().get(timeout=PATIENCE) for _ in range(4)}
    with pytest.raises(TaskTimeout):
        tasks.sleep_too_long(60).get(timeout=PATIENCE)
    assert tasks.pid_of_worker().get(timeout=PATIENCE) in pids


def test_a_task_that_ends_in_time_is_left_alone(runners: Runners) -> None:
    assert tasks.sleep_too_long(0.01).get(timeout=PATIENCE) == 0.01


def test_a_task_that_ignores_its_timeout_is_killed_without_a_loss(app: Pynenc, runners: Runners) -> None:
    invocation = tasks.ignore_the_timeout()
    with pytest.raises(TaskTimeout, match="ignore_the_timeout took longer than its timeout allows"):
        invocation.get(timeout=PATIENCE)
    assert losses(app, invocation.invocation_id) == 0
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_a_killed_attempt_is_repeated_where_timeouts_are(app: Pynenc, runners: Runners) -> None:
    invocation = tasks.be_late_once()
    assert invocation.get(timeout=PATIENCE) == 2
    record = app.state_backend.records([invocation.invocation_id])[0]
    assert record is not None
    assert (record.retries, record.losses) == (1, 0)


def test_a_timeout_counts_while_the_task_waits_and_spares_whom_it_waits_for(runners: Runners, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    with pytest.raises(TaskTimeout):
        tasks.wait_too_long(str(go_on)).get(timeout=PATIENCE)
    go_on.touch()


def test_a_running_task_ends_when_it_is_cancelled(app: Pynenc, runners: Runners, tmp_path: Path) -> None:
    started = tmp_path / "started"
    invocation = tasks.mark_and_wait_for(str(started), str(tmp_path / "never"))
    assert until(lambda: started.exists() and started.read_text(), PATIENCE)
    app.orchestrator.cancel(invocation.invocation_id, b"", 60)
    assert until(lambda: invocation.status is Status.CANCELLED, PATIENCE)


def test_a_waiting_task_ends_when_it_is_cancelled(app: Pynenc, runners: Runners, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    invocation = tasks.wait_for_many(str(go_on))
    assert until(lambda: invocation.status is Status.PAUSED, PATIENCE)
    app.orchestrator.cancel(invocation.invocation_id, b"", 60)
    assert until(lambda: invocation.status is Status.CANCELLED, PATIENCE)
    go_on.touch()


def test_a_task_that_ignores_that_it_is_cancelled_is_killed(app: Pynenc, runners: Runners, tmp_path: Path) -> None:
    started = tmp_path / "started"
    invocation = tasks.ignore_everything(str(started))
    assert until(started.exists, PATIENCE)
    app.orchestrator.cancel(invocation.invocation_id, b"", 60)
    assert until(lambda: invocation.status is Status.CANCELLED, PATIENCE)
    assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_a_second_request_to_stop_gives_back_what_runs_at_once(app: Pynenc, tmp_path: Path) -> None:
    with running_server() as own:
        first = app.conf.redis_url
        app.conf.redis_url = own.url
        environment = {"PYNENC__REDIS_URL": own.url, "PYNENC__RUNNER__SLOTS": "1"}
        started = tmp_path / "started"
        with running(1, 1, "support.runner_tasks:app", environment, tmp_path) as programs:
            invocation = tasks.mark_and_wait_for(str(started), str(tmp_path / "never"))
            assert until(started.exists, PATIENCE)
            programs.terminate()
            assert until(lambda: "drains: nothing more is claimed" in programs.log_text(), PATIENCE)
            before = time.monotonic()
            programs.terminate()
            assert programs.wait(PATIENCE) == [0]
            assert time.monotonic() - before < 3
        record = app.state_backend.records([invocation.invocation_id])[0]
        app.conf.redis_url = first
    assert record is not None
    assert (record.status, record.losses) == (Status.REROUTED, 0)
