"""The promises of the guide's second use case: the same code on Redis and processes, by configuration alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from pynenc import Arguments, InvocationGroup, Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import Status
from support import guide_basic_redis as guide
from support.crashes import SOURCES, Runners, running, until
from support.servers import running_server

PYPROJECT = """
[tool.pynenc]
app_id = "app_basic_redis_example"
orchestrator_cls = "RedisOrchestrator"
broker_cls = "RedisBroker"
state_backend_cls = "RedisStateBackend"
serializer_cls = "JsonSerializer"
runner_cls = "ProcessRunner"

[tool.pynenc.redis]
redis_host = "127.0.0.1"
redis_port = {port}
"""
RUNNER = {"SLOTS": "2", "LEASE_SECONDS": "3", "BEAT_SECONDS": "1", "SWEEP_SECONDS": "1"}
WITHOUT_A_STORE = """
from support import guide_basic_redis as tasks
assert tasks.app.conf.redis_port == {port}
assert list(tasks.add.parallelize([(1, 1), (2, 2)]).results) == [2, 4]
assert tasks.sleep(0).result == 0
"""
PATIENCE = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with running_server(tmp_path_factory.mktemp("server"), port=free_port()) as running:
        yield running


def free_port() -> int:
    """A port that was free a moment ago."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def project(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the guide's pyproject.toml, the host aside."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text(PYPROJECT.format(port=server.port))
    return folder


@pytest.fixture(scope="module")
def runners(project: Path) -> Iterator[Runners]:
    """Two runners of two workers, started by the command line in the project's folder, as on two hosts."""
    environment = {f"PYNENC__RUNNER__{name}": value for name, value in RUNNER.items()}
    with chdir(project), running(1, 2, "support.guide_basic_redis.app", environment, project) as programs:
        yield programs
        assert programs.stop(PATIENCE) == [0, 0]


@pytest.fixture(scope="module")
def app(project: Path, runners: Runners) -> Iterator[Pynenc]:
    """The guide's app, as a client in the project's folder has it."""
    configured, before = Pynenc(config_filepath=project / "pyproject.toml"), guide.app.conf.assignments()
    names = ("app_id", "orchestrator_cls", "broker_cls", "state_backend_cls", "redis_host", "redis_port")
    guide.app.conf.reassign({name: getattr(configured.conf, name) for name in names})
    yield guide.app
    guide.app.conf.reassign(before)


def test_the_configuration_selects_redis_and_processes(app: Pynenc, project: Path) -> None:
    configured = Pynenc(config_filepath=project / "pyproject.toml")
    parts = (configured.orchestrator, configured.broker, configured.state_backend, configured.runner)
    names = ["RedisOrchestrator", "RedisBroker", "RedisStateBackend", "ProcessRunner"]
    assert [type(part).__name__ for part in parts] == names
    assert configured.app_id == "app_basic_redis_example"


def test_tasks_run_in_worker_processes(app: Pynenc) -> None:
    assert guide.add(1, 2).get(timeout=30) == 3
    assert guide.sleep(0).get(timeout=30) == 0


def test_parallelize_takes_tuples_dicts_and_arguments(app: Pynenc) -> None:
    group = guide.add.parallelize([(1, 1), {"x": 2, "y": 2}, Arguments(3, y=3)])
    assert list(group.results) == [2, 4, 6]


def test_parallelize_adds_common_arguments(app: Pynenc) -> None:
    group = guide.add.parallelize([{"x": number} for number in range(4)], common_args={"y": 10})
    assert list(group.results) == [10, 11, 12, 13]


def test_another_client_finds_an_invocation_by_its_id(app: Pynenc) -> None:
    invocation = guide.add(40, 2)
    assert app.invocation(invocation.invocation_id).get(timeout=30) == 42


def workers_that_run(group: InvocationGroup[int]) -> set[str]:
    """Those that run the invocations of a group now; what one claims at once with a long one, it gives back soon."""
    records = guide.app.state_backend.records([one.invocation_id for one in group])
    return {record.worker for record in records if record is not None and record.status is Status.RUNNING}


def test_several_workers_of_several_runners_share_the_work(app: Pynenc) -> None:
    assert until(lambda: len(app.orchestrator.workers()) == 4, PATIENCE)
    group = guide.sleep.parallelize([(2,)] * 4)
    assert until(lambda: len(workers_that_run(group)) == 4, PATIENCE)
    assert group.get(timeout=PATIENCE) == [2] * 4


def test_a_killed_runner_loses_no_work(app: Pynenc, runners: Runners) -> None:
    group = guide.sleep.parallelize([(2,)] * 4)
    assert until(lambda: len(workers_that_run(group)) == 4, PATIENCE)
    runners.kill_runner()
    assert group.get(timeout=PATIENCE) == [2] * 4
    records = app.state_backend.records([one.invocation_id for one in group])
    assert sum(record.losses for record in records if record is not None) > 0


def test_the_environment_configures_it_as_well_as_the_file(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYNENC__REDIS__REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("PYNENC__REDIS__REDIS_PORT", str(server.port))
    app = Pynenc(app_id="app_by_environment")
    assert type(app.orchestrator).__name__ == "RedisOrchestrator"
    assert type(app.runner).__name__ == "ProcessRunner"
    app.orchestrator.ping()


def test_development_mode_runs_without_the_store(tmp_path: Path) -> None:
    """No server listens on this port."""
    port = free_port()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.format(port=port))
    environment = {**os.environ, "PYTHONPATH": SOURCES, "PYNENC__DEV_MODE_FORCE_SYNC_TASKS": "True"}
    command = [sys.executable, "-c", WITHOUT_A_STORE.format(port=port)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
