"""A server and a runner beside a program, for tests and scripts that want tasks to run as they do in production."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pynenc._redis.embedded import EmbeddedServer, die_with_parent
from pynenc.discovery import location_of
from pynenc.errors import ConfigurationError

if TYPE_CHECKING:
    from pynenc.app import Pynenc

START_SECONDS = 60.0
POLL_SECONDS = 0.02


@contextmanager
def running(app: Pynenc, slots: int = 2, logging_level: str = "warning") -> Iterator[str]:
    """An embedded server, and a runner program that works off the queues of `app`, until the block ends.

    Inside the block `app` uses that server, whatever else it is configured for. At the end the runner finishes what
    it runs, and server and data are gone. Gives the server's URL, which other programs take as PYNENC__REDIS_URL.

    Args:
        app: an attribute of a module that is not `__main__`: the runner imports it from there.
        slots: worker processes.
        logging_level: what the runner logs to standard error: debug, info, warning or error.

    Raises:
        ConfigurationError: the runner ended before it had a worker, or had none within 60 s; it has said why on
            standard error. Also where there is no server program on this machine.
        AppSpecError: no module has `app`.
        BackendUnavailable: the server did not start.

    Example:
        from tasks import add, app

        with running(app):
            assert add(2, 3).get(timeout=60) == 5
    """
    location, before = location_of(app), app.conf.redis_url
    with EmbeddedServer() as server, _runner(location, server.url, slots, logging_level) as runner:
        app.conf.redis_url = server.url
        try:
            _wait_for_worker(app, runner)
            yield server.url
        finally:
            app.conf.redis_url = before


@contextmanager
def _runner(location: str, url: str, slots: int, logging_level: str) -> Iterator[subprocess.Popen[bytes]]:
    """A runner program that ends in order with the block, and with this program however that ends."""
    settings = {
        "PYNENC__REDIS_URL": url,
        "PYNENC__RUNNER__SLOTS": str(slots),
        "PYNENC__LOGGING_LEVEL": logging_level,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),  # it finds what this program finds
    }
    bond = die_with_parent if threading.current_thread() is threading.main_thread() else None
    runner = subprocess.Popen(  # noqa: S603 - this very package, no shell
        [sys.executable, "-m", "pynenc.cli", "--app", location, "runner", "start"],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C is for this program, which ends the runner in order
        preexec_fn=bond,  # noqa: PLW1509 - the child only calls prctl
    )
    try:
        yield runner
    finally:
        runner.terminate()
        runner.wait()


def _wait_for_worker(app: Pynenc, runner: subprocess.Popen[bytes]) -> None:
    """Return when a call would be taken; raises ConfigurationError when none ever will."""
    deadline = time.monotonic() + START_SECONDS
    while not app.orchestrator.workers():
        if runner.poll() is not None:
            raise ConfigurationError(f"the runner ended with exit code {runner.returncode}; it has said why above")
        if time.monotonic() > deadline:
            raise ConfigurationError(
                f"the runner had no worker within {START_SECONDS:.0f} s; does orchestrator_cls name a store in memory?"
            )
        time.sleep(POLL_SECONDS)
