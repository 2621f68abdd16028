"""Stores as tests use them: an app on memory or on a server, with a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from pynenc import Pynenc
from pynenc._memory.shared import use_store
from pynenc._memory.store import MemoryStore
from pynenc._redis.embedded import EmbeddedServer
from pynenc._redis.shared import library_of
from pynenc.broker.base import BaseBroker
from pynenc.core.records import Claimed, InvocationRecord, NewInvocation, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy
from pynenc.state_backend.base import BaseStateBackend
from support.clocks import Clock, clocked_source, redis_clock
from support.servers import raw_client

LEASE_SECONDS = 15.0
POLICY = LossPolicy(max_losses=3, payload=b"lost", ttl_seconds=60)
_numbers = count(1)


@dataclass
class Store:
    """The three components of one app, and short ways to do what tests often do."""

    app: Pynenc
    clock: Clock

    @property
    def orchestrator(self) -> BaseOrchestrator:
        return self.app.orchestrator

    @property
    def broker(self) -> BaseBroker:
        return self.app.broker

    @property
    def state_backend(self) -> BaseStateBackend:
        return self.app.state_backend

    def join(self, *workers: str, lease_seconds: float = LEASE_SECONDS) -> None:
        """Open the store and make workers known."""
        self.orchestrator.open()
        for worker in workers:
            self.orchestrator.join(WorkerInfo(worker, host="host"), lease_seconds)

    def enqueue(self, *invocation_ids: str, **values: object) -> None:
        """Queue invocations that differ in their ids alone."""
        self.orchestrator.enqueue([make_new(invocation_id, **values) for invocation_id in invocation_ids])

    def claim(self, worker: str, limit: int = 1, **values: object) -> list[Claimed]:
        """Claim under a new request id."""
        return list(self.orchestrator.claim(worker, make_request(limit=limit, **values)).items)

    def run(self, worker: str, *invocation_ids: str) -> dict[str, str]:
        """Queue and start invocations; their fences by id."""
        self.enqueue(*invocation_ids)
        items = self.claim(worker, limit=len(invocation_ids), start=len(invocation_ids))
        return {item.invocation_id: item.fence for item in items}

    def record(self, invocation_id: str) -> InvocationRecord:
        """The record of an invocation that must be there."""
        found = self.state_backend.records([invocation_id])[0]
        assert found is not None, f"{invocation_id} has no record"
        return found

    def status(self, invocation_id: str) -> Status:
        """Where an invocation stands."""
        return self.record(invocation_id).status


def make_new(invocation_id: str, **values: object) -> NewInvocation:
    """A request for a task in the queue `default`."""
    defaults: dict[str, object] = {"task_id": "mail.send", "arguments": b"{}"}
    return NewInvocation(invocation_id, **{**defaults, **values})  # type: ignore[arg-type]  # a builder for tests


def make_request(**values: object) -> ClaimRequest:
    """A claim of one invocation under an id that was not used before."""
    defaults: dict[str, object] = {"request": f"r{next(_numbers)}", "queues": ("default",)}
    return ClaimRequest(**{**defaults, **values})  # type: ignore[arg-type]  # a builder for tests


def make_end(invocation_id: str, fence: str, status: Status = Status.SUCCESS, ttl_seconds: int = 60) -> Settlement:
    """A settlement whose payload is the name of its status."""
    return Settlement(invocation_id, fence, status, status.value.encode(), ttl_seconds)


def memory_store() -> Store:
    """An empty store in memory."""
    clock = Clock()
    app = Pynenc(config_values={"runner_cls": "ThreadRunner"})
    use_store(app, MemoryStore(clock))
    return Store(app, clock)


@contextmanager
def redis_store(server: EmbeddedServer, source: str | None = None) -> Iterator[Store]:
    """An empty store on a server, of which it deletes everything. `source` is a clocked library."""
    with raw_client(server) as client:
        client.flushall()
        client.function_load(clocked_source() if source is None else source, replace=True)
        store = Store(redis_app(server), redis_clock(client))
        yield store
        library_of(store.app).close()


def redis_app(server: EmbeddedServer, app_id: str = "team-a/shop") -> Pynenc:
    """An app on a server."""
    return Pynenc(app_id=app_id, config_values={"redis_url": server.url, "socket_timeout_seconds": 5.0})
