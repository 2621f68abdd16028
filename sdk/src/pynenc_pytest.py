"""Fixtures for tests of tasks, which pytest finds once the distribution is installed. Without them it costs nothing.

They work on the app that the fixture `pynenc_app` returns, which is yours to define:

    # conftest.py
    import pytest

    from tasks import app


    @pytest.fixture(scope="session")
    def pynenc_app():
        return app

Then a test asks for the mode that it wants:

    def test_add(pynenc_sync):
        assert add(1, 2).result == 3

    def test_add_in_threads(pynenc_memory):
        assert add.parallelize([(1, 2), (3, 4)]).get(timeout=10) == [3, 7]

    def test_add_in_processes(pynenc_runner):
        assert add(1, 2).get(timeout=60) == 3
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pynenc import Pynenc

# Every run of pytest imports this module: it imports the product only where a fixture is used.


@pytest.fixture(scope="session")
def pynenc_app() -> Pynenc:
    """The app under test: define a fixture of this name and scope that returns it."""
    raise pytest.UsageError('define a fixture "pynenc_app" with scope="session" that returns your app')


@pytest.fixture
def pynenc_sync(pynenc_app: Pynenc) -> Iterator[Pynenc]:
    """The app in sync mode: a call runs its task at once, in the test's own thread."""
    from pynenc.testing import sync_mode

    with sync_mode(pynenc_app):
        yield pynenc_app


@pytest.fixture
def pynenc_memory(pynenc_app: Pynenc) -> Iterator[Pynenc]:
    """The app in memory mode: an empty store in this process, and a runner whose workers are threads."""
    from pynenc.testing import memory_mode

    with memory_mode(pynenc_app):
        yield pynenc_app


@pytest.fixture(scope="session")
def pynenc_server() -> Iterator[str]:
    """The URL of an embedded server of this test run; nothing works for it, and apps are not told of it."""
    from pynenc._redis.embedded import EmbeddedServer

    with EmbeddedServer() as server:
        yield server.url


@pytest.fixture(scope="module")
def pynenc_runner(pynenc_app: Pynenc) -> Iterator[Pynenc]:
    """The app as in production, for all tests of a module: a server, and a runner program of two worker processes."""
    from pynenc.testing import running

    with running(pynenc_app):
        yield pynenc_app
