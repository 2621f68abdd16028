"""The promises of the guide's second use case: the same code on Redis and processes, by configuration alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pynenc import Arguments, Pynenc
from pynenc._redis.embedded import EmbeddedServer
from support import guide_basic_redis as guide
from support.crashes import SOURCES
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
def app(project: Path) -> Iterator[Pynenc]:
    """The guide's app, as a client in the project's folder has it, with a runner started by the command line."""
    configured = Pynenc(config_filepath=project / "pyproject.toml")
    for name in ("app_id", "orchestrator_cls", "broker_cls", "state_backend_cls", "redis_host", "redis_port"):
        setattr(guide.app.conf, name, getattr(configured.conf, name))
    environment = {**os.environ, "PYTHONPATH": SOURCES, "PYNENC__RUNNER__SLOTS": "2"}
    command = [sys.executable, "-m", "pynenc.cli", "--app", "support.guide_basic_redis.app", "runner", "start"]
    process = subprocess.Popen(command, cwd=project, env=environment, stdin=subprocess.DEVNULL)
    yield guide.app
    process.terminate()
    assert process.wait(60) == 0


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
