"""`Supervisor`: one run of a runner. Keeps workers running and the store informed about them; runs no task itself.

Every wait is for several things at once: a worker's end, a worker's word, a request to stop, the next deadline, beat
or sweep. Nothing a task does can hold it up. Times are monotonic.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from pynenc.errors import BackendUnavailable
from pynenc.orchestrator.base import LossPolicy
from pynenc.runner.base import ORDERLY, loss_policy
from pynenc.runner.child import Child
from pynenc.runner.crew import NOT_OPEN_SECONDS, Crew
from pynenc.runner.endpoint import Endpoint, Health
from pynenc.runner.leases import Leases
from pynenc.runner.limits import TimeLimits
from pynenc.runner.metrics import Figures
from pynenc.runner.note import Order
from pynenc.runner.signals import StopRequests

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class Supervisor(ABC):
    """Fills `slots` with workers; how a worker is started and waited for is said by derived classes."""

    def __init__(self, app: Pynenc, stop: StopRequests, slots: int) -> None:
        self.app = app
        self.stop = stop
        self.log = app.logger
        self.leases = Leases(app)
        self.limits = TimeLimits(app)
        self.crew = Crew(app, slots, self.start)
        self.figures = Figures(app.conf.pool)
        self.health = Health(app.conf.lease_seconds)

    @abstractmethod
    def start(self, worker: str) -> Child:
        """Start `worker`, which has joined the store."""

    @abstractmethod
    def wait(self, until: float) -> None:
        """Wait until a worker has ended or said something, somebody asks to stop, or it is time."""

    def run(self) -> None:
        """Supervise until asked to stop, then drain.

        Raises:
            BackendError: the store cannot be reached, or refuses; a pod, which awaits its definitions, waits for it.
            ConfigurationError: `http_port` cannot be used.
        """
        name, slots = self.crew.name, self.crew.slots
        with Endpoint(self.app.conf.http_port, self.health, self.figures):
            self._reach_store()
            self.leases = Leases(self.app)  # which count from now on
            self.log.info("runner %s: %d workers, queues %s", name, slots, ", ".join(self.app.conf.queues))
            while not self.stop.count:
                self.crew.balance()
                self._step(min(self.leases.next_at, self.crew.next_at))
            self._drain()
        self.log.info("runner %s has ended", name)

    def _reach_store(self) -> None:
        """Return when the store answers; a pod waits for it, since both may be starting, a program fails at once."""
        while not self.stop.count:
            self.health.tick(is_ready=False)
            try:
                self.app.orchestrator.ping()
            except BackendUnavailable as error:
                if not self.app.conf.await_definitions:
                    raise
                self.log.warning("%s", error)
                self.wait(time.monotonic() + NOT_OPEN_SECONDS)
            else:
                break
        if not self.stop.count and not self.app.conf.await_definitions:
            self.app.orchestrator.open()

    def _step(self, until: float) -> None:
        """Wait for whatever comes first and deal with it."""
        children = self.crew.children
        self.health.tick(is_ready=bool(children) and not self.leases.is_stalled and not self.stop.count)
        self.wait(self.limits.next_at(children.values(), until))
        for child in list(children.values()):
            is_over = child.is_over  # before its last words are read
            self._listen(child)
            if is_over:
                self._bury(child)
        self._keep_leases()
        for child in self.limits.enforce(children.values()):
            self._end_late(child)
        self._note_figures()

    def _listen(self, child: Child) -> None:
        child.read()
        for report in child.reports:
            self.figures.add(report)
        child.reports.clear()

    def _keep_leases(self) -> None:
        children = self.crew.children
        kept = self.leases.keep(list(children))
        for worker in kept.lost:
            self.log.warning("worker %s has lost its lease", worker)
            self._end(children[worker])
        for worker, invocation_ids in kept.cancelling.items():
            self.limits.cancel(children, worker, invocation_ids)
        self.crew.stall(is_stalled=self.leases.is_stalled)

    def _note_figures(self) -> None:
        crew = self.crew
        states = {"active": crew.count(Order.WORK), "spare": crew.count(Order.SPARE), "paused": crew.paused}
        self.figures.workers = states
        self.figures.losses, self.figures.recovered = crew.losses, self.leases.recovered

    def _bury(self, child: Child) -> None:
        """A worker has ended: tell the store at once, so that its invocation runs elsewhere."""
        blamed, is_ended, how = child.note.blamed(), child.note.is_ended, self._forget(child)
        if is_ended:
            self._recover(child, ORDERLY)
            return
        self.log.warning("worker %s %s", child.worker, how)
        self.crew.note_death(child)
        self._recover(child, loss_policy(self.app, how), blamed)

    def _forget(self, child: Child) -> str:
        del self.crew.children[child.worker]
        how = child.close()
        self._listen(child)
        return how

    def _recover(self, child: Child, policy: LossPolicy, blamed: list[str] | None = None) -> None:
        for recovered in self.leases.recover(child.worker, policy, blamed):
            self.log.warning("invocation %s of that worker is %s", recovered.invocation_id, recovered.status.value)

    def _end(self, child: Child) -> None:
        """End a worker for no fault of its own, and give back what it held."""
        child.kill()
        self._forget(child)
        self._recover(child, ORDERLY)

    def _end_late(self, child: Child) -> None:
        """It did not end what it was to end, so it is killed and settled for; that is nobody's loss."""
        self.log.warning("worker %s went on with what was to end; it is killed", child.worker)
        child.kill()
        self._forget(child)
        self.limits.settle(child)
        self._recover(child, ORDERLY)

    def _drain(self) -> None:
        """Claim nothing more, let running work finish within `drain_seconds`, give the rest back."""
        children = self.crew.children
        for child in children.values():
            self.crew.retire(child)
        self.log.info("runner %s drains: nothing more is claimed", self.crew.name)
        self._wait_for_end(self.app.conf.drain_seconds, stops=2)
        for child in children.values():
            self.log.warning("worker %s is still busy; what it runs is given back", child.worker)
            child.give_back()
            self.limits.nudge(child)
        self._wait_for_end(self.app.conf.kill_grace_seconds, stops=3)
        for child in list(children.values()):
            self._end(child)

    def _wait_for_end(self, seconds: float, stops: int) -> None:
        deadline = time.monotonic() + seconds
        while self.crew.children and self.stop.count < stops and time.monotonic() < deadline:
            self._step(min(self.leases.next_at, deadline))
