"""`ThreadRunner`: workers as threads of this process, for memory mode, demonstrations and tests.

A thread cannot be killed. One that ignores its deadline is settled for and left to itself: the store takes nothing
from it any more. What threads hold when the process dies is recovered by the lease, like anything else.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from pynenc.core.records import Answer
from pynenc.runner.base import BaseRunner
from pynenc.runner.child import Child
from pynenc.runner.host import CANCEL, DONE, GIVE_BACK, GO, PARKED
from pynenc.runner.interrupts import ThreadStack
from pynenc.runner.loop import WorkerLoop
from pynenc.runner.note import Note, Order
from pynenc.runner.seat import Seat
from pynenc.runner.signals import StopRequests
from pynenc.runner.supervision import Supervisor

if TYPE_CHECKING:
    from pynenc.app import Pynenc

THREADS = 8
LOOK_SECONDS = 1.0


class ThreadRunner(BaseRunner):
    """Runs up to `slots` invocations at once (0: eight); a paused invocation keeps its thread and frees its slot."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._lock = threading.Lock()
        self._stop: StopRequests | None = None
        self._stopped_before = False

    def run(self) -> None:
        """See `BaseRunner.run`. In a main thread, SIGTERM or SIGINT ends it in order, as for `ProcessRunner`."""
        with StopRequests() as stop:
            with self._lock:
                self._stop = stop
                if self._stopped_before:
                    stop.request()
            try:
                ThreadSupervisor(self.app, stop).run()
            finally:
                with self._lock:
                    self._stop, self._stopped_before = None, False

    def stop_runner_loop(self) -> None:
        """See `BaseRunner.stop_runner_loop`."""
        with self._lock:
            if self._stop is None:
                self._stopped_before = True  # its thread has not come so far
            else:
                self._stop.request()


class ThreadSupervisor(Supervisor):
    """See `Supervisor`; words of the threads end its wait as requests to stop do."""

    def __init__(self, app: Pynenc, stop: StopRequests) -> None:
        super().__init__(app, stop, app.conf.slots or THREADS)

    def start(self, worker: str) -> Child:
        """See `Supervisor.start`."""
        return ThreadChild(self.app, worker, self.stop)

    def wait(self, until: float) -> None:
        """See `Supervisor.wait`."""
        if wait([self.stop.wakeup], max(0.0, until - time.monotonic())):
            self.stop.drain_wakeup()


class ThreadChild(Child):
    """A worker thread; it is also what that thread sees of its runner, see `runner.host.Host`."""

    def __init__(self, app: Pynenc, worker: str, stop: StopRequests) -> None:
        super().__init__(worker, Note())
        self._app = app
        self._stop = stop
        self._words: deque[bytes] = deque()
        self._may_go = threading.Event()
        self._loop = WorkerLoop(Seat(app, worker, self, ThreadStack))
        self._ended = False
        self._thread = threading.Thread(target=self._work, name=worker, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            if self._loop.run() is Answer.OK:
                self.note.end()
        except Exception:
            self._app.logger.exception("worker %s has failed", self.worker)
        finally:
            self._ended = True
            self._stop.wake()

    # -- as its thread sees it

    def say(self, word: bytes) -> None:
        """See `Host.say`."""
        self._words.append(word)
        self._stop.wake()

    def park(self) -> None:
        """See `Host.park`."""
        order = self.note.order
        self._may_go.clear()
        self.say(PARKED)
        while self.note.order == order and order in (Order.SPARE, Order.STALL):
            self._may_go.wait(LOOK_SECONDS)

    # -- as its supervisor sees it

    @property
    def is_over(self) -> bool:
        """See `Child.is_over`."""
        return self._ended

    def read(self) -> None:
        """See `Child.read`."""
        while self._words:
            self.hear(self._words.popleft())

    def send(self, word: bytes) -> None:
        """See `Child.send`."""
        if word == GO:
            self._may_go.set()
        elif word == GIVE_BACK:
            self._loop.seat.stack.giving_back = True
        elif word.startswith(CANCEL):
            invocation_id = word[len(CANCEL) :].decode()
            self._loop.seat.stack.cancelled.add(invocation_id)
            if not self._loop.has(invocation_id):
                self.hear(DONE + word[len(CANCEL) :])

    def interrupt(self) -> None:
        """See `Child.interrupt`."""
        if self._loop.coroutines is not None:
            self._loop.coroutines.interrupt()
        self._loop.seat.stack.interrupt()

    def kill(self) -> None:
        """See `Child.kill`: it goes on, but claims nothing, and whatever it says to the store comes too late."""
        self.note.order = Order.RETIRE
        self._may_go.set()

    def close(self) -> str:
        """See `Child.close`."""
        self._words.clear()
        return "has failed"
