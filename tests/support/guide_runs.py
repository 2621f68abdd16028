"""Where the guide's samples run: in memory with threads, or on a server with runner programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynenc import Pynenc
from pynenc.runner.thread import ThreadRunner
from support.crashes import Runners, running
from support.servers import running_server

PATIENCE = 60


@contextmanager
def in_memory(app: Pynenc, app_id: str, slots: int) -> Iterator[None]:
    """A runner of so many threads beside the test."""
    app.conf.app_id, app.conf.redis_url, app.conf.slots = app_id, "", slots
    runner = ThreadRunner(app)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield
    finally:
        runner.stop_runner_loop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def on_redis(app: Pynenc, module: str, folder: Path, programs: int, slots: int, **settings: float) -> Iterator[Runners]:
    """A server, and some runner programs of so many slots each."""
    with running_server() as server:
        app.conf.redis_url = server.url
        environment = {
            "PYNENC__REDIS_URL": server.url,
            "PYNENC__APP_ID": app.app_id,
            "PYNENC__RUNNER__SLOTS": str(slots),
        }
        environment |= {f"PYNENC__RUNNER__{name.upper()}": str(value) for name, value in settings.items()}
        with running(1, programs, f"{module}:app", environment, folder) as runners:
            yield runners
            runners.stop(PATIENCE)
