"""Tasks that wait for tasks: on one stack, in several workers, in threads, in coroutines; none holds a slot for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import Status
from pynenc.errors import TaskTimeout
from pynenc.runner.thread import ThreadRunner
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


@contextmanager
def processes(server: EmbeddedServer, folder: Path, slots: int, **settings: str) -> Iterator[Runners]:
    environment = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": str(slots)}
    environment |= {f"PYNENC__RUNNER__{name.upper()}": value for name, value in settings.items()}
    with running(1, 1, "support.runner_tasks:app", environment, folder) as programs:
        yield programs
        programs.stop(PATIENCE)


@contextmanager
def threads(app: Pynenc, slots: int) -> Iterator[None]:
    app.conf.slots = slots
    runner = ThreadRunner(app)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield
    finally:
        runner.stop_runner_loop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("slots", [1, 2])
def test_deep_and_wide_waits_end_in_processes(app: Pynenc, server: EmbeddedServer, tmp_path: Path, slots: int) -> None:
    with processes(server, tmp_path, slots):
        assert tasks.chain(60).get(timeout=PATIENCE) == 60
        assert tasks.fibonacci(15).get(timeout=PATIENCE) == 610


@pytest.mark.parametrize("slots", [1, 2])
def test_deep_and_wide_waits_end_in_threads(app: Pynenc, slots: int) -> None:
    with threads(app, slots):
        assert tasks.chain(60).get(timeout=PATIENCE) == 60
        assert tasks.fibonacci(12).get(timeout=PATIENCE) == 144


def test_without_inline_runs_waits_take_turns_in_as_many_workers_as_are_needed(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path
) -> None:
    with processes(server, tmp_path, 1, inline_depth="0"):
        assert tasks.chain(8).get(timeout=PATIENCE) == 8


def test_more_waits_than_workers_may_wait_are_told(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1, inline_depth="0", max_paused="2", drain_seconds="0.1") as programs:
        invocation = tasks.chain(8)
        assert until(lambda: "max_paused allows no more" in programs.log_text(), PATIENCE)
        assert invocation.status is Status.PAUSED


def test_a_waiting_task_uses_no_processor_time(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1):
        go_on = tmp_path / "go-on"
        pid = tasks.pid_of_worker().get(timeout=PATIENCE)
        parent = tasks.wait_for_many(str(go_on))
        assert until(lambda: parent.status is Status.PAUSED, PATIENCE)
        before = cpu_ticks(pid)
        time.sleep(1)
        assert cpu_ticks(pid) - before <= 1
        go_on.touch()
        assert parent.get(timeout=PATIENCE) == 2


def cpu_ticks(pid: int) -> int:
    """Hundredths of a second that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def test_many_coroutines_wait_in_one_worker(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1):
        assert tasks.sleep_async(0.0).exception is None
        before = time.monotonic()
        results: list[object] = list(tasks.sleep_async.parallelize([(0.5,)] * 16).results)
        assert results == [0.5] * 16
        assert time.monotonic() - before < 2.5


def test_a_coroutine_and_a_plain_task_share_a_worker(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1):
        slow = tasks.sleep_async(1.0)
        assert until(lambda: slow.status is Status.RUNNING, PATIENCE)
        assert tasks.add(1, 1).get(timeout=PATIENCE) == 2
        assert slow.status is Status.RUNNING
        value: object = slow.get(timeout=PATIENCE)
        assert value == 1.0


def test_coroutines_that_wait_take_no_place(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1, async_slots="2"):
        value: object = tasks.fibonacci_async(6).get(timeout=PATIENCE)
        assert value == 8


def test_coroutines_end_at_their_timeout(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1, kill_grace_seconds="0.5"):
        assert isinstance(tasks.sleep_async_too_long().exception, TaskTimeout)
        assert isinstance(tasks.block_the_loop().exception, TaskTimeout)
        value: object = tasks.sleep_async(0.0).get(timeout=PATIENCE)
        assert value == 0.0


def test_a_coroutine_can_be_cancelled(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with processes(server, tmp_path, 1, beat_seconds="0.2"):
        invocation = tasks.sleep_async(60.0)
        assert until(lambda: invocation.status is Status.RUNNING, PATIENCE)
        app.orchestrator.cancel(invocation.invocation_id, b"", 60)
        assert until(lambda: invocation.status is Status.CANCELLED, PATIENCE)


def test_a_thread_is_interrupted_at_a_timeout(app: Pynenc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYNENC_TEST_HISTORY", str(tmp_path / "history"))
    with threads(app, 1):
        with pytest.raises(TaskTimeout, match="spin took longer than its timeout"):
            tasks.spin().get(timeout=PATIENCE)
        assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_a_thread_that_cannot_be_interrupted_is_settled_for(app: Pynenc) -> None:
    app.conf.kill_grace_seconds = 0.2
    with threads(app, 1):
        with pytest.raises(TaskTimeout):
            tasks.sleep_without_end().get(timeout=PATIENCE)
        assert tasks.add(1, 1).get(timeout=PATIENCE) == 2
