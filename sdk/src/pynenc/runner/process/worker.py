"""A worker process: imports the app, runs the loop, ends when told to or when its supervisor is gone."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from multiprocessing import forkserver
from typing import Any

from pynenc.core.records import Answer
from pynenc.discovery import load_app
from pynenc.runner import logs
from pynenc.runner.loop import WorkerLoop
from pynenc.runner.process.wire import PAUSED, RESUMED, Assignment

EXIT_LOST = 75
"""Exit code of a worker whose lease was lost (EX_TEMPFAIL)."""
ALIVE_PIPE = "_forkserver_alive_fd"
_PR_SET_PDEATHSIG = 1


class WireHost:
    """The supervisor, as a worker sees it; see `runner.loop.Host`."""

    def __init__(self, assignment: Assignment) -> None:
        self._wire = assignment.wire
        self._retire = assignment.retire

    def is_stopping(self) -> bool:
        """See `Host.is_stopping`."""
        return bool(self._retire.value)

    def paused(self) -> None:
        """See `Host.paused`."""
        self._say(PAUSED)

    def resumed(self) -> None:
        """See `Host.resumed`."""
        self._say(RESUMED)

    def _say(self, word: bytes) -> None:
        """Tell the supervisor; when it is gone, end here, since an error would become the outcome of the task."""
        try:
            self._wire.send_bytes(word)
        except BrokenPipeError:
            os._exit(EXIT_LOST)


def _become_worker() -> None:
    """A session of its own, so that Ctrl-C reaches the supervisor alone; and an end when the fork server ends."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # The fork server ends when the last copy of this pipe is closed; each child is handed one, for fork servers' use
    # by children of children. Closed here, the supervisor's copy is the last, so a killed supervisor ends the fork
    # server, and that ends the workers, whatever a task does.
    server: Any = vars(forkserver)["_forkserver"]  # there is no public way to it
    if getattr(server, ALIVE_PIPE) is not None:
        os.close(getattr(server, ALIVE_PIPE))
        setattr(server, ALIVE_PIPE, None)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:  # the fork server ended before the line above
        os._exit(EXIT_LOST)


def main(assignment: Assignment) -> None:
    """Run invocations as `assignment.worker` until retired; exits with `EXIT_LOST` when the store has let it go."""
    _become_worker()
    app = load_app(assignment.location)
    for name, value in assignment.settings.items():
        setattr(app.conf, name, value)
    logs.configure(app.conf.logging_level)
    answer = WorkerLoop(app, assignment.worker, WireHost(assignment)).run()
    if answer is Answer.LOST:
        sys.exit(EXIT_LOST)
