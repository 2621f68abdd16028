"""Short ways to bring a store into a state, as the suites use them; for tests of components of your own too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from pynenc._memory.shared import use_store
from pynenc._memory.store import MemoryStore
from pynenc.app import Pynenc
from pynenc.broker.base import BaseBroker
from pynenc.core.records import Claimed, InvocationRecord, NewInvocation, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy
from pynenc.state_backend.base import BaseStateBackend
from pynenc.testing.clock import Clock

LEASE_SECONDS = 15.0
POLICY = LossPolicy(max_losses=3, payload=b"lost", ttl_seconds=60)
T = TypeVar("T")
_numbers = count(1)


@dataclass
class Store:
    """The components of one app that keep its invocations, and short ways to do what tests often do.

    `clock` is that of the store, where it takes one; only `TimePromises` needs that.

    Example:
        >>> store = Store(Pynenc())
        >>> store.join("worker")
        >>> fences = store.run("worker", "i1")
        >>> store.orchestrator.finish("worker", [make_end("i1", fences["i1"])])
        [<Answer.OK: 'OK'>]
        >>> store.status("i1")
        <Status.SUCCESS: 'SUCCESS'>
    """

    app: Pynenc
    clock: Clock = field(default_factory=Clock)

    @property
    def orchestrator(self) -> BaseOrchestrator:
        """That of the app."""
        return self.app.orchestrator

    @property
    def broker(self) -> BaseBroker:
        """That of the app."""
        return self.app.broker

    @property
    def state_backend(self) -> BaseStateBackend:
        """That of the app."""
        return self.app.state_backend

    def join(self, *workers: str, lease_seconds: float = LEASE_SECONDS) -> None:
        """Open the store and make workers known."""
        self.orchestrator.open()
        for worker in workers:
            self.orchestrator.join(WorkerInfo(worker, host="host"), lease_seconds)

    def enqueue(self, *invocation_ids: str, **values: object) -> None:
        """Queue invocations that differ in their ids alone; `values` are fields of `NewInvocation`."""
        self.orchestrator.enqueue([make_new(invocation_id, **values) for invocation_id in invocation_ids])

    def claim(self, worker: str, limit: int = 1, **values: object) -> list[Claimed]:
        """Claim under a new request id; `values` are fields of `ClaimRequest`."""
        return list(self.orchestrator.claim(worker, make_request(limit=limit, **values)).items)

    def run(self, worker: str, *invocation_ids: str) -> dict[str, str]:
        """Queue and start invocations; their fences by id."""
        self.enqueue(*invocation_ids)
        items = self.claim(worker, limit=len(invocation_ids), start=len(invocation_ids))
        return {item.invocation_id: item.fence for item in items}

    def record(self, invocation_id: str) -> InvocationRecord:
        """The record of an invocation that must be there."""
        found = self.state_backend.records([invocation_id])[0]
        if found is None:
            raise AssertionError(f"{invocation_id} has no record")
        return found

    def status(self, invocation_id: str) -> Status:
        """Where an invocation stands."""
        return self.record(invocation_id).status


def make_new(invocation_id: str, **values: object) -> NewInvocation:
    """A request for the task `mail.send` in the queue `default`, unless `values` say something else."""
    return _made(NewInvocation, {"invocation_id": invocation_id, "task_id": "mail.send", "arguments": b"{}"}, values)


def make_request(**values: object) -> ClaimRequest:
    """A claim of one invocation from the queue `default`, under an id that was not used before."""
    return _made(ClaimRequest, {"request": f"r{next(_numbers)}", "queues": ("default",)}, values)


def make_end(invocation_id: str, fence: str, status: Status = Status.SUCCESS, ttl_seconds: int = 60) -> Settlement:
    """A settlement whose payload is the name of its status."""
    return Settlement(invocation_id, fence, status, status.value.encode(), ttl_seconds)


def use_clock(app: Pynenc, clock: Callable[[], int]) -> None:
    """Give `app` an empty store in memory whose time is that of `clock`; its components must not be made yet."""
    use_store(app, MemoryStore(clock))


def _made(kind: Callable[..., T], defaults: dict[str, object], values: dict[str, object]) -> T:
    return kind(**{**defaults, **values})
