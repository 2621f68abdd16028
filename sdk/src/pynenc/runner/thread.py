"""`ThreadRunner`: workers as threads of this process, for memory mode, demonstrations and tests.

A thread cannot be killed, so there is no recovery inside: what a thread holds when the process dies is recovered by
the lease, like anything else.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

from pynenc.core.records import Answer, WorkerInfo
from pynenc.errors import BackendUnavailable
from pynenc.rim import new_nonce
from pynenc.runner.base import ORDERLY, BaseRunner, loss_policy
from pynenc.runner.loop import WorkerLoop

if TYPE_CHECKING:
    from pynenc.app import Pynenc

THREADS = 8


class ThreadRunner(BaseRunner):
    """Runs up to `slots` invocations at once (0: eight); a paused invocation keeps its thread and frees its slot."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._changed = threading.Condition()
        self._stopping = False
        self._nonce = ""
        self._threads: dict[str, threading.Thread] = {}
        self._paused = 0
        self._started = 0

    def run(self) -> None:
        """See `BaseRunner.run`."""
        self.app.orchestrator.ping()
        if not self.app.conf.await_definitions:
            self.app.orchestrator.open()
        self._nonce = f"{socket.gethostname()}-{os.getpid()}-{new_nonce()}"
        try:
            self._supervise()
        finally:
            self._end()

    def stop_runner_loop(self) -> None:
        """See `BaseRunner.stop_runner_loop`."""
        with self._changed:
            self._stopping = True
            workers = list(self._threads)
            self._changed.notify_all()
        for worker in workers:
            self.app.broker.nudge(worker)

    def _slots(self) -> int:
        return self.app.conf.slots or THREADS

    def _supervise(self) -> None:
        next_beat = time.monotonic() + self.app.conf.beat_seconds
        next_sweep = time.monotonic()
        while not self._stopping:
            self._fill()
            now = time.monotonic()
            if now >= next_beat:
                next_beat = now + self.app.conf.beat_seconds
                self._beat()
            if now >= next_sweep:
                next_sweep = now + self.app.conf.sweep_seconds
                self._sweep()
            with self._changed:
                if not self._stopping and not self._missing():
                    self._changed.wait(max(0.0, min(next_beat, next_sweep) - time.monotonic()))

    def _missing(self) -> int:
        return self._slots() + self._paused - len(self._threads)

    def _fill(self) -> None:
        while not self._stopping and self._missing() > 0:
            worker = f"{self._nonce}-{self._started}"
            info = WorkerInfo(worker, socket.gethostname(), self.app.conf.pool)
            if self.app.orchestrator.join(info, self.app.conf.lease_seconds) is not Answer.OK:
                self.app.logger.warning("the store is not open for workers yet; waiting for its definitions")
                return
            self._started += 1
            thread = threading.Thread(target=self._work, args=(worker,), name=worker, daemon=True)
            with self._changed:
                self._threads[worker] = thread
            thread.start()

    def _work(self, worker: str) -> None:
        try:
            WorkerLoop(self.app, worker, _ThreadHost(self)).run()
        finally:
            self.app.orchestrator.recover(worker, ORDERLY)
            with self._changed:
                del self._threads[worker]
                self._changed.notify_all()

    def _beat(self) -> None:
        try:
            self.app.orchestrator.beat(list(self._threads), self.app.conf.lease_seconds)
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)

    def _sweep(self) -> None:
        try:
            self.app.orchestrator.sweep(loss_policy(self.app, "ended without notice"))
        except BackendUnavailable as error:
            self.app.logger.warning("%s", error)

    def _end(self) -> None:
        self.stop_runner_loop()
        deadline = time.monotonic() + self.app.conf.drain_seconds
        with self._changed:
            self._changed.wait_for(lambda: not self._threads, max(0.0, deadline - time.monotonic()))
            left = list(self._threads)
            self._stopping = False
        for worker in left:
            self.app.orchestrator.recover(worker, ORDERLY)

    def slot_freed(self, paused: int) -> None:
        """A worker paused (1) or goes on (-1)."""
        with self._changed:
            self._paused += paused
            self._changed.notify_all()

    def is_excess(self) -> bool:
        """Whether a worker is to end after what it runs now."""
        return self._stopping or self._missing() < 0


class _ThreadHost:
    """See `runner.loop.Host`."""

    def __init__(self, runner: ThreadRunner) -> None:
        self._runner = runner

    def is_stopping(self) -> bool:
        return self._runner.is_excess()

    def paused(self) -> None:
        self._runner.slot_freed(1)

    def resumed(self) -> None:
        self._runner.slot_freed(-1)
