"""`ProcessRunner`: keeps worker processes running and the store informed about them; runs no task itself.

Every wait is for several things at once: a worker's end, a worker's word, a request to stop, the next beat or sweep.
Nothing a task does can hold it up. Times are monotonic.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from pynenc.core.records import Answer, WorkerInfo
from pynenc.discovery import location_of
from pynenc.errors import BackendUnavailable
from pynenc.rim import new_nonce
from pynenc.runner.base import ORDERLY, BaseRunner, loss_policy
from pynenc.runner.process.children import Child, Nursery
from pynenc.runner.process.leases import Leases
from pynenc.runner.process.signals import StopRequests

if TYPE_CHECKING:
    from pynenc.app import Pynenc

NOT_OPEN_SECONDS = 1.0
QUICK_DEATH_SECONDS = 2.0
LONGEST_HOLD_SECONDS = 5.0


class ProcessRunner(BaseRunner):
    """Runs up to `slots` invocations at once (0: one per CPU), each in a process of its own."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._stop: StopRequests | None = None

    def run(self) -> None:
        """See `BaseRunner.run`. SIGTERM or SIGINT ends it in order; a second one gives back what still runs."""
        with StopRequests() as self._stop:
            self._reach_store(self._stop)
            if not self._stop.count:
                Supervisor(self.app, self._stop).run()
        self._stop = None

    def _reach_store(self, stop: StopRequests) -> None:
        """Return when the store answers; a pod waits for it, since both may be starting, a program fails at once."""
        while not stop.count:
            try:
                self.app.orchestrator.ping()
            except BackendUnavailable as error:
                if not self.app.conf.await_definitions:
                    raise
                self.app.logger.warning("%s", error)
                wait([stop.wakeup], NOT_OPEN_SECONDS)
            else:
                break
        if not self.app.conf.await_definitions:
            self.app.orchestrator.open()

    def stop_runner_loop(self) -> None:
        """See `BaseRunner.stop_runner_loop`."""
        if self._stop is not None:
            self._stop.request()


class Supervisor:
    """One run of a `ProcessRunner`."""

    def __init__(self, app: Pynenc, stop: StopRequests) -> None:
        self.app = app
        self.stop = stop
        self.log = app.logger
        self.nursery = Nursery(location_of(app), app.conf.assignments())
        self.leases = Leases(app)
        self.children: dict[str, Child] = {}
        self.slots = app.conf.slots or os.cpu_count() or 1
        self.host = socket.gethostname()
        self.name = f"{self.host}-{new_nonce()}"
        self._started = 0
        self._quick_deaths = 0
        self._hold_until = 0.0
        self._births: dict[str, float] = {}

    def run(self) -> None:
        """Supervise until asked to stop, then drain."""
        self.log.info("runner %s: %d workers, queues %s", self.name, self.slots, ", ".join(self.app.conf.queues))
        while not self.stop.count:
            self._balance()
            self._step(self.leases.next_at)
        self._drain()
        self.log.info("runner %s has ended", self.name)

    def _step(self, until: float) -> None:
        """Wait for whatever comes first and deal with it."""
        waits: list[Connection[bytes, bytes] | int] = [self.stop.wakeup]
        for child in self.children.values():
            waits += (child.process.sentinel, child.wire)
        if self._hold_until > time.monotonic():
            until = min(until, self._hold_until)
        ready = wait(waits, max(0.0, until - time.monotonic()))
        if self.stop.wakeup in ready:
            self.stop.drain_wakeup()
        for child in list(self.children.values()):
            if child.wire in ready:
                child.read()
            if child.process.sentinel in ready:
                self._bury(child)
        self._end_lost(self.leases.keep(list(self.children)))

    def _wanted(self) -> int:
        return self.slots + sum(child.paused for child in self.children.values())

    def _balance(self) -> None:
        """Start workers for free slots; retire one for each that is too many since a paused one goes on."""
        working = [child for child in self.children.values() if not child.is_retiring]
        surplus = len(working) - self._wanted()
        for child in [child for child in working if not child.paused][: max(0, surplus)]:
            self._retire(child)
        for _ in range(-surplus):
            if time.monotonic() < self._hold_until or not self._give_birth():
                return

    def _give_birth(self) -> bool:
        worker = f"{self.name}-{self._started}"
        try:
            answer = self.app.orchestrator.join(
                WorkerInfo(worker, self.host, self.app.conf.pool), self.app.conf.lease_seconds
            )
        except BackendUnavailable as error:
            self.log.warning("%s", error)
            answer = Answer.LOST
        if answer is not Answer.OK:
            if answer is Answer.NOTREADY:
                self._not_open()
            self._hold_until = time.monotonic() + NOT_OPEN_SECONDS
            return False
        self._started += 1
        self.children[worker] = self.nursery.start(worker)
        self._births[worker] = time.monotonic()
        return True

    def _not_open(self) -> None:
        """The store is new or came back empty: open it, unless an operator does so once its definitions are there."""
        if self.app.conf.await_definitions:
            self.log.warning("the store is not open yet; waiting for the operator to publish its definitions")
            return
        self.log.error("the store came back empty: what it held is lost; it is opened again")
        self.app.orchestrator.open()

    def _retire(self, child: Child) -> None:
        child.retire()
        try:
            self.app.broker.nudge(child.worker)
        except BackendUnavailable as error:  # it looks at the flag by itself within one idle wait
            self.log.warning("%s", error)

    def _bury(self, child: Child) -> None:
        """A worker process has ended: tell the store at once, so that its invocation runs elsewhere."""
        del self.children[child.worker]
        retired = child.is_retiring
        how = child.close()
        orderly = retired and how == "ended with exit code 0"
        if not orderly:
            self.log.warning("worker %s %s", child.worker, how)
            self._note_death(child.worker)
        del self._births[child.worker]
        policy = ORDERLY if orderly else loss_policy(self.app, how)
        for recovered in self.leases.recover(child.worker, policy):
            self.log.warning("invocation %s of that worker is %s", recovered.invocation_id, recovered.status.value)

    def _note_death(self, worker: str) -> None:
        """Workers that end as soon as they start are replaced more and more slowly."""
        lived = time.monotonic() - self._births[worker]
        self._quick_deaths = self._quick_deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
        if self._quick_deaths > self.slots:
            hold = min(LONGEST_HOLD_SECONDS, 0.1 * 2 ** (self._quick_deaths - self.slots))
            self._hold_until = time.monotonic() + hold

    def _end_lost(self, workers: Sequence[str]) -> None:
        """Their leases are gone, so others may run what they run; they must not go on."""
        for worker in workers:
            self.log.warning("worker %s has lost its lease", worker)
            self.children[worker].kill()
            self._bury(self.children[worker])

    def _drain(self) -> None:
        """Claim nothing more, let running work finish within `drain_seconds`, give the rest back."""
        deadline = time.monotonic() + self.app.conf.drain_seconds
        for child in self.children.values():
            self._retire(child)
        self.log.info("runner %s drains: nothing more is claimed", self.name)
        while self.children and self.stop.count < 2 and time.monotonic() < deadline:
            self._step(min(self.leases.next_at, deadline))
        for child in list(self.children.values()):
            self.log.warning("worker %s was still busy; what it ran is given back", child.worker)
            child.kill()
            del self.children[child.worker]
            child.close()
            self.leases.recover(child.worker, ORDERLY)
