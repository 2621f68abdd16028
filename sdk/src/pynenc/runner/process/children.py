"""Starting, stopping and listening to worker processes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from pynenc.runner.child import Child
from pynenc.runner.note import SIZE, Note
from pynenc.runner.process import worker as worker_process
from pynenc.runner.process.exits import OutOfMemory, describe
from pynenc.runner.process.wire import Assignment

PRELOADED = "pynenc.runner.process.worker"


class ProcessChild(Child):
    """A worker process, with the supervisor's end of its pipe."""

    def __init__(
        self, worker: str, process: BaseProcess, wire: Connection[bytes, bytes], page: Any, memory: OutOfMemory
    ) -> None:
        super().__init__(worker, Note(page))
        self.process = process
        self.wire = wire
        self._memory = memory

    @property
    def is_over(self) -> bool:
        """See `Child.is_over`."""
        return not self.process.is_alive()

    def send(self, word: bytes) -> None:
        """See `Child.send`."""
        with contextlib.suppress(OSError):  # it has ended, which its sentinel tells
            self.wire.send_bytes(word)

    def interrupt(self) -> None:
        """See `Child.interrupt`."""
        if self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGTERM)

    def read(self) -> None:
        """See `Child.read`."""
        with contextlib.suppress(EOFError, OSError):
            while self.wire.poll():
                self.hear(self.wire.recv_bytes())

    def kill(self) -> None:
        """See `Child.kill`; returns when it is gone."""
        self.process.kill()
        self.process.join()

    def close(self) -> str:
        """See `Child.close`."""
        self.process.join()
        code = self.process.exitcode
        self.read()
        self.wire.close()
        self.process.close()
        return describe(code, out_of_memory=code == -signal.SIGKILL and self._memory.has_risen())


class Nursery:
    """Makes worker processes of one app, forked from a server that has imported its module, and `modules`."""

    def __init__(self, location: str, settings: dict[str, object], modules: Sequence[str] = ()) -> None:
        self._location = location
        self._settings = settings
        self._memory = OutOfMemory()
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([PRELOADED, location.partition(":")[0], *modules])

    def start(self, worker: str) -> ProcessChild:
        """Start a process for `worker`, which has joined the store."""
        ours, theirs = self._context.Pipe()
        page = self._context.RawArray("B", SIZE)
        assignment = Assignment(self._location, self._settings, worker, theirs, page)
        process = self._context.Process(target=worker_process.main, args=(assignment,), name=worker, daemon=False)
        with _without_main():
            process.start()
        theirs.close()
        return ProcessChild(worker, process, ours, page, self._memory)


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
