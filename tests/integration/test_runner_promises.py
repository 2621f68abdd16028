"""The suite for runners of one's own, passed by ours: threads in memory, threads and processes on a server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.runner.base import BaseRunner
from pynenc.runner.process.supervisor import ProcessRunner
from pynenc.runner.thread import ThreadRunner
from pynenc.testing import RunnerPromises
from support import own_runner
from support.servers import running_server

_numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with running_server() as running:
        yield running


class TestThreadsInMemory(RunnerPromises):
    @pytest.fixture
    def runner(self) -> BaseRunner:
        return ThreadRunner(Pynenc())


class TestThreadsOnAServer(RunnerPromises):
    @pytest.fixture
    def runner(self, server: EmbeddedServer) -> BaseRunner:
        return ThreadRunner(Pynenc(f"threads-{next(_numbers)}", {"redis_url": server.url}))


class TestProcesses(RunnerPromises):
    @pytest.fixture
    def runner(self, server: EmbeddedServer) -> BaseRunner:
        own_runner.app.conf.reassign({"app_id": f"processes-{next(_numbers)}", "redis_url": server.url, "slots": 2})
        return ProcessRunner(own_runner.app)
