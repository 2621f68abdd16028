"""`MemOrchestrator`: the life-cycle verbs in the memory of this process. Hands each to the store, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._memory import lifecycle, recovery, waiting
from pynenc._memory.shared import store_of
from pynenc.core.records import (
    Answer,
    Claim,
    Counts,
    Enqueued,
    Heartbeat,
    NewInvocation,
    Outcome,
    Recovered,
    Settlement,
    TaskDefinition,
    WaitAnswer,
    WorkerInfo,
)
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy

if TYPE_CHECKING:
    from pynenc.app import Pynenc


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


class MemOrchestrator(BaseOrchestrator):
    """All state in this process; every verb is one step under one lock."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._store = store_of(app)

    def ping(self) -> None:
        """See `BaseOrchestrator.ping`; memory is always fit for work."""

    def open(self, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.open`."""
        return self._store.run(recovery.open_store, epoch)

    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """See `BaseOrchestrator.join`."""
        return self._store.run(recovery.join, worker, _micros(lease_seconds))

    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """See `BaseOrchestrator.beat`."""
        return self._store.run(recovery.beat, workers, _micros(lease_seconds))

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        return self._store.run(recovery.recover, worker, policy)

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`."""
        return self._store.run(recovery.sweep, policy, limit)

    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `BaseOrchestrator.enqueue`."""
        return self._store.run(lifecycle.enqueue, invocations)

    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """See `BaseOrchestrator.claim`."""
        return self._store.run(lifecycle.claim, worker, request)

    def start(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """See `BaseOrchestrator.start`."""
        return self._store.run(lifecycle.start, worker, invocation_id, fence)

    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
        """See `BaseOrchestrator.finish`."""
        return self._store.run(lifecycle.finish, worker, settlements)

    def finish_and_claim(
        self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
    ) -> tuple[list[Answer], Claim]:
        """See `BaseOrchestrator.finish_and_claim`."""
        return self._store.run(lifecycle.finish_and_claim, worker, settlements, request)

    def retry(self, worker: str, invocation_id: str, fence: str, delay_seconds: float) -> Answer:
        """See `BaseOrchestrator.retry`."""
        return self._store.run(lifecycle.retry, worker, invocation_id, fence, _micros(delay_seconds))

    def release(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """See `BaseOrchestrator.release`."""
        return self._store.run(lifecycle.release, worker, invocation_id, fence)

    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        """See `BaseOrchestrator.wait`."""
        return self._store.run(waiting.wait, worker, invocation_id, fence, awaited)

    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """See `BaseOrchestrator.resume`."""
        return self._store.run(waiting.resume, worker, invocation_id, fence, force)

    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        """See `BaseOrchestrator.watch`."""
        return self._store.run(waiting.watch, client, invocation_ids)

    def publish(self, definition: TaskDefinition, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.publish`."""
        return self._store.run(recovery.publish, definition, epoch)

    def withdraw(self, task_id: str, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.withdraw`."""
        return self._store.run(recovery.withdraw, task_id, epoch)

    def definitions(self) -> dict[str, TaskDefinition]:
        """See `BaseOrchestrator.definitions`."""
        return self._store.run(recovery.definitions)

    def counts(self) -> Counts:
        """See `BaseOrchestrator.counts`."""
        return self._store.run(recovery.counts)

    def workers(self) -> list[WorkerInfo]:
        """See `BaseOrchestrator.workers`."""
        return self._store.run(recovery.workers)
