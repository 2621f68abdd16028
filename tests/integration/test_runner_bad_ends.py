"""Tasks that take their worker along, and workers that are replaced: the runner goes on and blames the right one."""

from __future__ import annotations

import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pynenc import Pynenc, TaskFailed, WorkerLost
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.records import NewInvocation
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


@contextmanager
def one_worker(server: EmbeddedServer, folder: Path, **settings: str) -> Iterator[Runners]:
    environment = {"PYNENC__REDIS_URL": server.url, "PYNENC__RUNNER__SLOTS": "1"}
    for name, value in settings.items():
        environment[f"PYNENC__{name.upper()}" if "__" in name else f"PYNENC__RUNNER__{name.upper()}"] = value
    with running(1, 1, "support.runner_tasks:app", environment, folder) as programs:
        yield programs
        programs.stop(PATIENCE)


@pytest.mark.parametrize("code", [0, 3])
def test_a_task_that_ends_its_process_is_lost_whatever_the_exit_code(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path, code: int
) -> None:
    with one_worker(server, tmp_path):
        with pytest.raises(WorkerLost, match=f"lost 3 times, the last one ended with exit code {code}"):
            tasks.leave_at_once(code).get(timeout=PATIENCE)
        assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


UNREADABLE = {
    "no JSON": b"x=1&y=2",
    "pickle": pickle.dumps({"x": 1, "y": 2}),
    "cut off": b'{"x": 1, "y"',
    "empty": b"",
    "no object": b"[1, 2]",
    "too deep": b'{"x": ' + b"[" * 10_000,
    "an integer without end": b'{"y": 2, "x": ' + b"1" * 10_000 + b"}",
    "another type": b'{"x": "one", "y": 2}',
    "one missing": b'{"x": 1}',
    "one too many": b'{"x": 1, "y": 2, "z": 3}',
}


def test_arguments_that_cannot_be_read_fail_at_once_and_the_runner_goes_on(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path
) -> None:
    with one_worker(server, tmp_path):
        news = [NewInvocation(new_invocation_id(), tasks.add.task_id, arguments) for arguments in UNREADABLE.values()]
        app.orchestrator.enqueue(news)
        for what, new in zip(UNREADABLE, news, strict=True):
            error = app.invocation(new.invocation_id).exception
            assert isinstance(error, TaskFailed), what
            assert error.error_type in {"InvalidPayload", "InvalidArguments"}, f"{what}: {error}"
        records = app.state_backend.records([new.invocation_id for new in news])
        ends = {(record.status, record.attempt, record.losses) for record in records if record}
        assert ends == {(Status.FAILED, 1, 0)}
        assert {record.invocation_id for record in app.state_backend.dead()} >= {new.invocation_id for new in news}
        assert tasks.add(1, 1).get(timeout=PATIENCE) == 2


def test_a_result_over_the_limit_fails_and_the_runner_goes_on(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path
) -> None:
    with one_worker(server, tmp_path, payload__max_payload_bytes="2000"):
        with pytest.raises(TaskFailed, match=r"ResultTooLarge: .*the result is 5\.9 KiB, limit 2\.0 KiB") as caught:
            tasks.repeat("secret", 1_000).get(timeout=PATIENCE)
        assert "secret" not in str(caught.value)
        assert tasks.repeat("x", 3).get(timeout=PATIENCE) == "xxx"


def test_of_a_batch_only_the_one_that_ran_is_blamed(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with one_worker(server, tmp_path):
        list(tasks.add.parallelize([(n, n) for n in range(200)]).results)  # now the worker claims many at once
        group = tasks.die.parallelize([(99,), (0,), (0,), (0,)])
        innocent = tasks.add.parallelize([(n, 1) for n in range(50)])
        poison, *others = group.invocations
        assert list(innocent.results) == [n + 1 for n in range(50)]
        with pytest.raises(WorkerLost):
            poison.get(timeout=PATIENCE)
        ids = [invocation.invocation_id for invocation in (*others, *innocent.invocations)]
        for invocation in others:
            invocation.get(timeout=PATIENCE)
        assert [record.losses for record in app.state_backend.records(ids) if record] == [0] * len(ids)


def test_of_many_coroutines_only_the_one_that_ran_is_blamed(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path
) -> None:
    with one_worker(server, tmp_path):
        innocent = tasks.sleep_async.parallelize([(0.5,)] * 5)
        poison = tasks.die_async(1)
        attempt: object = poison.get(timeout=PATIENCE)
        results: list[object] = list(innocent.results)
        assert (attempt, results) == (2, [0.5] * 5)
        ids = [invocation.invocation_id for invocation in innocent.invocations]
        assert [record.losses for record in app.state_backend.records(ids) if record] == [0] * 5


def test_a_worker_is_replaced_after_so_many_tasks(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with one_worker(server, tmp_path, max_tasks_per_worker="3") as programs:
        pids = [tasks.pid_of_worker().get(timeout=PATIENCE) for _ in range(9)]
        assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 3]
        assert "ended with" not in programs.log_text()


def test_a_worker_is_replaced_when_it_has_grown(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with one_worker(server, tmp_path, max_rss_per_worker="1"):
        pids = [tasks.pid_of_worker().get(timeout=PATIENCE) for _ in range(3)]
        assert len(set(pids)) == 3


def test_what_a_signal_did_is_told(app: Pynenc, server: EmbeddedServer, tmp_path: Path) -> None:
    with one_worker(server, tmp_path, max_losses="1"), pytest.raises(WorkerLost, match=signal.SIGSEGV.name):
        tasks.crash().get(timeout=PATIENCE)


def test_nothing_waits_behind_a_long_task_of_the_same_batch(
    app: Pynenc, server: EmbeddedServer, tmp_path: Path
) -> None:
    with one_worker(server, tmp_path):
        list(tasks.add.parallelize([(n, n) for n in range(300)]).results)
        long = tasks.pause_between.parallelize([(0.0,), (0.0,), (3.0,), (0.0,), (0.0,)])
        first, second, middle, *rest = long.invocations
        assert first.get(timeout=1.5) == second.get(timeout=1.5) == 0.0
        queued = [i.invocation_id for i in rest]
        assert until(lambda: {r.status.value for r in app.state_backend.records(queued) if r} == {"REROUTED"}, 2)
        assert middle.get(timeout=PATIENCE) == 3.0
        assert [invocation.get(timeout=PATIENCE) for invocation in rest] == [0.0, 0.0]


def test_a_call_inside_a_task_outlasts_a_restart_of_the_server(app: Pynenc, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    started, go_on, before = tmp_path / "started", tmp_path / "go-on", app.conf.redis_url
    with EmbeddedServer(tmp_path / "server") as own:
        app.conf.redis_url = own.url
        with one_worker(own, tmp_path):
            invocation = tasks.call_others(str(started), str(go_on))
            assert until(started.exists, PATIENCE)
            own.kill()
            go_on.touch()
            assert until(lambda: not started.exists(), PATIENCE)
            time.sleep(1.0)  # longer than a call outside of tasks is tried
            own.start()
            assert invocation.get(timeout=PATIENCE) == [2, 4, 6]
            assert invocation.attempt == 1
        app.conf.redis_url = before
