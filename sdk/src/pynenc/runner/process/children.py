"""Starting, stopping and listening to worker processes."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from pynenc.runner.process import worker as worker_process
from pynenc.runner.process.wire import PAUSED, Assignment

PRELOADED = "pynenc.runner.process.worker"


class Child:
    """One worker process. `paused` says that its invocation waits and its slot is free."""

    def __init__(self, worker: str, process: BaseProcess, wire: Connection[bytes, bytes], retire: Any) -> None:
        self.worker = worker
        self.process = process
        self.wire = wire
        self.paused = False
        self._retire = retire

    @property
    def is_retiring(self) -> bool:
        """Whether it was told to end."""
        return bool(self._retire.value)

    def retire(self) -> None:
        """Tell it to end after what it runs."""
        self._retire.value = 1

    def read(self) -> None:
        """Take in what it said."""
        with contextlib.suppress(EOFError, OSError):
            while self.wire.poll():
                self.paused = self.wire.recv_bytes() == PAUSED

    def kill(self) -> None:
        """End it now and wait until it is gone."""
        self.process.kill()
        self.process.join()

    def close(self) -> str:
        """Free what belongs to an ended process and tell how it ended, as a clause."""
        self.process.join()
        code = self.process.exitcode
        self.wire.close()
        self.process.close()
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"


class Nursery:
    """Makes worker processes of one app, forked from a server that has the app's module imported already."""

    def __init__(self, location: str, settings: dict[str, object]) -> None:
        self._location = location
        self._settings = settings
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([PRELOADED, location.partition(":")[0]])

    def start(self, worker: str) -> Child:
        """Start a process for `worker`, which has joined the store."""
        ours, theirs = self._context.Pipe()
        retire = self._context.RawValue("b", 0)
        assignment = Assignment(self._location, self._settings, worker, theirs, retire)
        process = self._context.Process(target=worker_process.main, args=(assignment,), name=worker, daemon=False)
        with _without_main():
            process.start()
        theirs.close()
        return Child(worker, process, ours, retire)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program's main module, which multiprocessing would import, and so run, in every child.

    A worker has no use for it, since tasks never live in `__main__`.
    """
    main = sys.modules["__main__"]
    names = vars(main)
    hidden: dict[str, Any] = {name: names.pop(name) for name in ("__file__", "__spec__") if name in names}
    names["__spec__"] = None
    try:
        yield
    finally:
        names.update(hidden)
