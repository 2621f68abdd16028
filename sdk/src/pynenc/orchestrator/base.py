"""The life-cycle verbs of an invocation, as promises that every store keeps.

Each method is one atomic step and takes effect completely or not at all. "Safe to repeat" means that the same
call, made again because its reply was lost, changes nothing more and answers so that the caller can go on. What a
verb answers is in `pynenc.core.records.Answer`. Errors of the connection are `pynenc.errors.BackendError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynenc.core.records import (
    Answer,
    Claim,
    Counts,
    NewInvocation,
    Outcome,
    Recovered,
    Settlement,
    TaskDefinition,
    WaitAnswer,
    WorkerInfo,
)

if TYPE_CHECKING:
    from pynenc.app import Pynenc


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a worker asks for: at most `limit` invocations from `queues`, looked at in that order.

    `request` is new for every claim of a worker and makes the claim safe to repeat. The first `start` items become
    RUNNING in the same step, the others PENDING. `woken` says that the worker consumed a wake-up marker to get here.
    """

    request: str
    queues: tuple[str, ...]
    limit: int = 1
    start: int = 1
    woken: bool = False


@dataclass(frozen=True, slots=True)
class LossPolicy:
    """When a lost worker's invocation is given up: at loss number `max_losses`, with `payload` as its error.

    `max_losses` 0 counts no loss and gives nothing up: the worker was stopped in order.
    """

    max_losses: int
    payload: bytes
    ttl_seconds: int


class BaseOrchestrator(ABC):
    """Keeps every invocation in exactly one state and lets only its owner move it on."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def ping(self) -> None:
        """Return if the store answers, is fit for work and speaks this protocol; raise a BackendError if not."""

    @abstractmethod
    def open(self, epoch: int = 0) -> Answer:
        """Allow workers to join. Safe to repeat.

        `epoch` fences leaders against each other: STALE when a higher one has written; 0 is for use without leaders.
        """

    @abstractmethod
    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """Make a worker known, with a lease: OK, DUPLICATE for a known id, NOTREADY while the store is not open."""

    @abstractmethod
    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Answer]:
        """Renew the leases of all `workers` in one step; per worker OK or LOST. Safe to repeat."""

    @abstractmethod
    def recover(self, worker: str, policy: LossPolicy) -> list[Recovered]:
        """Forget a worker at once and give everything it holds to others; nothing held counts as a clean leave.

        Safe to repeat.
        """

    @abstractmethod
    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """Recover at most `limit` invocations of workers whose lease has expired, and make due what has come due.

        Anyone may call it at any time. Safe to repeat.
        """

    @abstractmethod
    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Answer]:
        """Store and queue up to 500 invocations in one step, answered one by one: OK or DUPLICATE. Safe to repeat."""

    @abstractmethod
    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """Take work: pop, own and fence in one step. Safe to repeat with the same `request.request`."""

    @abstractmethod
    def start(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """PENDING to RUNNING, counting an attempt. Safe to repeat."""

    @abstractmethod
    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
        """RUNNING to a final status with its payload; wakes all waiters. One answer each. Safe to repeat."""

    @abstractmethod
    def finish_and_claim(
        self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
    ) -> tuple[list[Answer], Claim]:
        """`finish` and `claim` in one step. Safe to repeat."""

    @abstractmethod
    def retry(self, worker: str, invocation_id: str, fence: str, delay_seconds: float) -> Answer:
        """RUNNING to RETRY, counting a retry; queued again after the delay. Safe to repeat."""

    @abstractmethod
    def release(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """Give an owned invocation back: queued at its old place, no loss and no retry counted. Safe to repeat."""

    @abstractmethod
    def wait(self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str]) -> WaitAnswer:
        """RUNNING to PAUSED until all of `awaited` are final; READY if they are. What is awaited moves to the front.

        A wait that would close a cycle is refused. Safe to repeat.
        """

    @abstractmethod
    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """PAUSED to RUNNING if nothing is awaited any more, else WAITING; `force` stops waiting. Safe to repeat."""

    @abstractmethod
    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        """Per id its outcome if it is final, else None: then the outcome will be sent to `client`'s inbox.

        Safe to repeat.

        Raises:
            InvocationNotFound: one of the ids is unknown or has expired.
        """

    @abstractmethod
    def publish(self, definition: TaskDefinition, epoch: int = 0) -> Answer:
        """Put a task definition into the registry, replacing that of the same task: OK or STALE. Safe to repeat."""

    @abstractmethod
    def withdraw(self, task_id: str, epoch: int = 0) -> Answer:
        """Remove a task definition from the registry: OK or STALE. Safe to repeat."""

    @abstractmethod
    def definitions(self) -> dict[str, TaskDefinition]:
        """The registry, by task id."""

    @abstractmethod
    def counts(self) -> Counts:
        """How many invocations of each task stand in each status; final ones count from the first day on."""

    @abstractmethod
    def workers(self) -> list[WorkerInfo]:
        """All workers that joined and were not recovered, by id."""
