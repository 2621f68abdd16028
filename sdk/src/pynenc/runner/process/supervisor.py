"""`ProcessRunner`: workers as processes, each with the app's modules imported before it was forked."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from pynenc.discovery import location_of
from pynenc.runner.base import BaseRunner
from pynenc.runner.child import Child
from pynenc.runner.process.children import Nursery, ProcessChild
from pynenc.runner.signals import StopRequests
from pynenc.runner.supervision import Supervisor

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class ProcessRunner(BaseRunner):
    """Runs up to `slots` invocations at once (0: one per CPU), each in a process of its own."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._stop: StopRequests | None = None

    def run(self) -> None:
        """See `BaseRunner.run`. SIGTERM or SIGINT ends it in order; a second one gives back what still runs."""
        with StopRequests() as self._stop:
            ProcessSupervisor(self.app, self._stop).run()
        self._stop = None

    def stop_runner_loop(self) -> None:
        """See `BaseRunner.stop_runner_loop`."""
        if self._stop is not None:
            self._stop.request()


class ProcessSupervisor(Supervisor):
    """See `Supervisor`."""

    def __init__(self, app: Pynenc, stop: StopRequests) -> None:
        parts = (app.orchestrator, app.broker, app.state_backend, app.arg_cache, app.serializer)
        modules = [type(part).__module__ for part in parts]
        self._nursery = Nursery(location_of(app), app.conf.assignments(), modules)
        super().__init__(app, stop, app.conf.slots or os.cpu_count() or 1)

    def start(self, worker: str) -> Child:
        """See `Supervisor.start`."""
        return self._nursery.start(worker)

    def wait(self, until: float) -> None:
        """See `Supervisor.wait`."""
        waits: list[Connection[bytes, bytes] | int] = [self.stop.wakeup]
        for child in self.crew.children.values():
            if isinstance(child, ProcessChild):
                waits += (child.process.sentinel, child.wire)
        if self.stop.wakeup in wait(waits, max(0.0, until - time.monotonic())):
            self.stop.drain_wakeup()
