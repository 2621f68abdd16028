"""A worker process: imports the app, runs the loop, ends when told to or when its supervisor is gone."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from multiprocessing import forkserver
from types import FrameType
from typing import Any

from pynenc.core.records import Answer
from pynenc.discovery import load_app
from pynenc.runner import logs
from pynenc.runner.host import CANCEL, DONE, GIVE_BACK, PARKED
from pynenc.runner.loop import WorkerLoop
from pynenc.runner.note import Note, Order
from pynenc.runner.process.wire import Assignment
from pynenc.runner.seat import Seat

EXIT_LOST = 75
"""Exit code of a worker whose lease was lost (EX_TEMPFAIL)."""
ALIVE_PIPE = "_forkserver_alive_fd"
LOOK_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


class WireHost:
    """The supervisor, as a worker process sees it; see `runner.host.Host`.

    Words come at any time, so SIGTERM tells of those that matter at once; the handler takes them in.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.note = Note(assignment.page)
        self.loop: WorkerLoop | None = None
        self._wire = assignment.wire
        self._pid = os.getpid()
        self._is_reading = False

    def say(self, word: bytes) -> None:
        """See `Host.say`; when the supervisor is gone, ends here, since an error would become that of the task."""
        try:
            self._wire.send_bytes(word)
        except BrokenPipeError:
            os._exit(EXIT_LOST)

    def park(self) -> None:
        """See `Host.park`."""
        order = self.note.order
        self.say(PARKED)
        while self.note.order == order and order in (Order.SPARE, Order.STALL):
            if self._wire.poll(LOOK_SECONDS):
                self._read()

    def _read(self) -> None:
        """Take in what the supervisor said, unless that is being done: then it goes on to the last word anyway."""
        if self._is_reading:
            return
        self._is_reading = True
        try:
            while self._wire.poll():
                self._hear(self._wire.recv_bytes())
        except (EOFError, ConnectionResetError):
            os._exit(EXIT_LOST)
        finally:
            self._is_reading = False

    def _hear(self, word: bytes) -> None:
        if self.loop is None:
            return
        stack = self.loop.seat.stack
        if word == GIVE_BACK:
            stack.giving_back = True
        elif word.startswith(CANCEL):
            invocation_id = word[len(CANCEL) :].decode()
            stack.cancelled.add(invocation_id)
            if not self.loop.has(invocation_id):
                self.say(DONE + word[len(CANCEL) :])

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Something may have to end now: a task at its deadline, a cancelled one, or all."""
        if os.getpid() != self._pid:  # a process that a task has forked dies of the signal like any other
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self._read()
        if self.loop is not None:
            if self.loop.coroutines is not None:
                self.loop.coroutines.interrupt()
            self.loop.seat.stack.interrupt()


def _become_worker() -> None:
    """A session of its own, so that Ctrl-C reaches the supervisor alone; and an end when the fork server ends."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
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
    logs.configure(app.conf.logging_level, app.conf.logging_format)
    host = WireHost(assignment)
    host.loop = WorkerLoop(Seat(app, assignment.worker, host))
    signal.signal(signal.SIGTERM, host.on_signal)
    gc.freeze()  # what was imported lives for ever; looking at it again and again costs short tasks dearly
    if host.loop.run() is Answer.LOST:
        sys.exit(EXIT_LOST)
    host.note.end()
