"""`MemOrchestrator`: the life-cycle verbs in the memory of this process. Hands each to the store, decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pynenc._memory import cancelling, counting, handing, lifecycle, limits, recovery, waiting
from pynenc._memory.shared import store_of
from pynenc.core.records import (
    Answer,
    Claim,
    Counts,
    Declaration,
    DeclaredKind,
    Drained,
    Enqueued,
    Heartbeat,
    NewInvocation,
    Outcome,
    Recovered,
    Settlement,
    Standing,
    TaskDefinition,
    WaitAnswer,
    WorkerInfo,
)
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy

if TYPE_CHECKING:
    from pynenc.app import Pynenc

BATCH = 500
"""Invocations that a purge forgets in one step."""


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

    def standing(self) -> Standing:
        """See `BaseOrchestrator.standing`."""
        return self._store.run(recovery.standing)

    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """See `BaseOrchestrator.join`."""
        return self._store.run(recovery.join, worker, _micros(lease_seconds))

    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """See `BaseOrchestrator.beat`."""
        return self._store.run(recovery.beat, workers, _micros(lease_seconds))

    def drain(self, pods: Sequence[str], seconds: float, epoch: int = 0) -> Drained:
        """See `BaseOrchestrator.drain`."""
        return self._store.run(recovery.drain, pods, _micros(seconds), epoch)

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        return self._store.run(recovery.recover, worker, policy, blamed)

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`."""
        return self._store.run(recovery.sweep, policy, limit)

    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `BaseOrchestrator.enqueue`."""
        return self._store.run(lifecycle.enqueue, invocations)

    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """See `BaseOrchestrator.claim`."""
        return self._store.run(handing.claim, worker, request)

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

    def release(self, worker: str, invocation_id: str, fence: str, *, unstarted: bool = False) -> Answer:
        """See `BaseOrchestrator.release`."""
        return self._store.run(lifecycle.release, worker, invocation_id, fence, unstarted)

    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        """See `BaseOrchestrator.wait`."""
        return self._store.run(waiting.wait, worker, invocation_id, fence, awaited, inline)

    def finish_and_resume(
        self, worker: str, settlement: Settlement, invocation_id: str, fence: str
    ) -> tuple[Answer, Answer]:
        """See `BaseOrchestrator.finish_and_resume`; one step."""
        return self._store.run(waiting.finish_and_resume, worker, settlement, invocation_id, fence)

    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """See `BaseOrchestrator.resume`."""
        return self._store.run(waiting.resume, worker, invocation_id, fence, force)

    def cancel(self, invocation_id: str, payload: bytes, ttl_seconds: int) -> Answer:
        """See `BaseOrchestrator.cancel`."""
        return self._store.run(cancelling.cancel, invocation_id, payload, ttl_seconds)

    def requeue(self, invocation_id: str, new_id: str) -> Answer:
        """See `BaseOrchestrator.requeue`."""
        return self._store.run(cancelling.requeue, invocation_id, new_id)

    def forget(self, invocation_ids: Sequence[str]) -> int:
        """See `BaseOrchestrator.forget`."""
        return self._store.run(cancelling.forget, invocation_ids)

    def purge(self) -> Iterator[int]:
        """See `BaseOrchestrator.purge`."""
        ids, forgotten = self._store.run(cancelling.known_ids), 0
        for first in range(0, len(ids), BATCH):
            forgotten += self.forget(ids[first : first + BATCH])
            yield forgotten

    def set_limit(self, name: str, number: int | None, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.set_limit`."""
        return self._store.run(limits.set_limit, name, number, epoch)

    def limits(self) -> dict[str, int]:
        """See `BaseOrchestrator.limits`."""
        return self._store.run(limits.limits)

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

    def declare(self, declaration: Declaration, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.declare`."""
        return self._store.run(recovery.declare, declaration, epoch)

    def declared(self, kind: DeclaredKind) -> dict[str, str]:
        """See `BaseOrchestrator.declared`."""
        return self._store.run(recovery.declared, kind)

    def counts(self) -> Counts:
        """See `BaseOrchestrator.counts`."""
        return self._store.run(counting.counts)

    def workers(self) -> list[WorkerInfo]:
        """See `BaseOrchestrator.workers`."""
        return self._store.run(recovery.workers)
