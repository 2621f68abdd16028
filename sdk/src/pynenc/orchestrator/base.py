"""The life-cycle verbs of an invocation, as promises that every store keeps.

Each method is one atomic step and takes effect completely or not at all. "Safe to repeat" means that the same
call, made again because its reply was lost, changes nothing more and answers so that the caller can go on. What a
verb answers is in `pynenc.core.records.Answer`. Errors of the connection are `pynenc.errors.BackendError`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from pynenc.app import Pynenc


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a worker asks for: at most `limit` invocations from `queues`, looked at in that order.

    `request` is new for every claim of a worker and makes the claim safe to repeat. The first `start` items become
    RUNNING in the same step, the others PENDING. `woken` says that the worker consumed a wake-up marker to get here.
    An invocation that was lost with a worker before is handed out alone: as the only item, or not at all.
    With `ids`, only those are looked at, in that order, and only if they are ready in one of `queues`.
    """

    request: str
    queues: tuple[str, ...]
    limit: int = 1
    start: int = 1
    woken: bool = False
    ids: tuple[str, ...] = ()


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
    def standing(self) -> Standing:
        """Which store this is, and how far it has come: a copy that is older, or empty, says something else."""

    @abstractmethod
    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """Make a worker known, with a lease: OK, DUPLICATE for a known id, NOTREADY while the store is not open.

        What it says of its code becomes that of its pool (`DeclaredKind.CODE`).
        """

    @abstractmethod
    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """Renew the leases of all `workers` in one step, and tell what they are to cancel. Safe to repeat."""

    @abstractmethod
    def drain(self, pods: Sequence[str], seconds: float, epoch: int = 0) -> Drained:
        """Hand nothing more to the workers of `pods` (by uid) for `seconds`, also to those that join in that time.

        Their claims are answered DRAINING; what they hold they go on with, and it is counted in the same step: a pod
        that holds nothing is idle until the time is over. 0 seconds end it; an hour is the most. Safe to repeat.
        """

    @abstractmethod
    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """Forget a worker at once and give everything it holds to others; nothing held counts as a clean leave.

        A loss is counted for what was RUNNING, or only for `blamed` where the caller knows what was running; never for
        what was PENDING or PAUSED. What was to be cancelled ends CANCELLED. Safe to repeat.
        """

    @abstractmethod
    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """Recover at most `limit` invocations of workers whose lease has expired, and make due what has come due.

        Ends what should have started by now EXPIRED, promotes parked work that nothing holds back, and forgets
        listings of what has outlived its time to live. Anyone may call it at any time. Safe to repeat.
        """

    @abstractmethod
    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """Store and queue up to 500 invocations in one step, answered one by one. Safe to repeat.

        OK, DUPLICATE, REUSED or DIFFERENT.
        """

    def enqueue_each(self, batches: Iterable[Sequence[NewInvocation]]) -> Iterator[list[Enqueued]]:
        """`enqueue` of each batch, answered in the order of the batches, which are made as they are needed."""
        return map(self.enqueue, batches)

    @abstractmethod
    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """Take work: pop, take the limits, own and fence in one step. Safe to repeat with the same `request.request`.

        What is over a limit is parked, or ended where it is to be dropped, and the next one is looked at; what should
        have started earlier ends EXPIRED. What ends or is parked passes a promotion on: under each other key of its
        that has room, the best parked one is queued. At most 50 are looked at in vain.
        """

    @abstractmethod
    def start(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """PENDING to RUNNING, counting an attempt. Safe to repeat."""

    @abstractmethod
    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
        """RUNNING to a final status with its payload; frees its limits and wakes all waiters. One answer each.

        CANCELLED is accepted only for what was asked to be cancelled, then from PENDING and PAUSED too. Safe to repeat.
        """

    @abstractmethod
    def finish_and_claim(
        self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
    ) -> tuple[list[Answer], Claim]:
        """`finish` and `claim` in one step. Safe to repeat."""

    @abstractmethod
    def retry(self, worker: str, invocation_id: str, fence: str, delay_seconds: float) -> Answer:
        """RUNNING to RETRY, counting a retry; queued again after the delay. Safe to repeat.

        What was asked to be cancelled ends CANCELLED instead, here and in `release`.
        """

    @abstractmethod
    def release(self, worker: str, invocation_id: str, fence: str, *, unstarted: bool = False) -> Answer:
        """Give an owned invocation back: queued at its old place, no loss and no retry counted. Safe to repeat.

        With `unstarted`, the attempt that its claim has counted is not counted either, unless it had a registration
        key, which its start has freed.
        """

    @abstractmethod
    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        """RUNNING to PAUSED until all of `awaited` are final; READY if they are. What is awaited moves to the front.

        A wait that would close a cycle is refused, and one for an invocation that needs, or waits for one that needs, a
        limit all of whose places are held by the caller and by what waits for it. A single awaited invocation that is
        ready in one of the queues `inline`, allows it, was never lost with a worker and gets its limits is handed to
        the caller (INLINE), RUNNING and owned as if it had been claimed.
        Safe to repeat: a repeated call that finds it handed out already, to this worker, hands it out again.
        """

    def finish_and_resume(
        self, worker: str, settlement: Settlement, invocation_id: str, fence: str
    ) -> tuple[Answer, Answer]:
        """`finish` what ran inline and `resume` its parent; here in two steps, in stores in one round trip."""
        return self.finish(worker, [settlement])[0], self.resume(worker, invocation_id, fence)

    @abstractmethod
    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """PAUSED to RUNNING if nothing is awaited any more, else WAITING; `force` stops waiting. Safe to repeat.

        What was asked to be cancelled stops waiting and becomes RUNNING with the answer CANCELLING.
        """

    @abstractmethod
    def cancel(self, invocation_id: str, payload: bytes, ttl_seconds: int) -> Answer:
        """End an invocation that nobody owns as CANCELLED with `payload` as its error (OK); else ask its owner.

        CANCELLING when the owner was asked: it settles it as CANCELLED, unless it ends by itself before, and a lost
        owner's ends so too. ALREADY if it is final, GONE. Safe to repeat.
        """

    @abstractmethod
    def requeue(self, invocation_id: str, new_id: str) -> Answer:
        """Enqueue a final invocation's call once more as `new_id`, with new budgets; takes it off the dead letters.

        Limits, time limits (counted from now) and parent are the same; there is no delay and no registration key.

        OK, GONE, BADSTATE if it is not final, DUPLICATE. Safe to repeat.
        """

    @abstractmethod
    def forget(self, invocation_ids: Sequence[str]) -> int:
        """Delete up to 500 invocations wherever they stand, owned ones too, with all that belongs to them.

        Their owners are answered GONE. What waits for them waits for them no more: paused parents are told to go on,
        and clients get a nudge. They leave the counts unless they were final. Returns how many there were.
        Safe to repeat.
        """

    @abstractmethod
    def purge(self) -> Iterator[int]:
        """Forget all invocations, in batches; yields how many were forgotten so far. Definitions and limits stay."""

    @abstractmethod
    def set_limit(self, name: str, number: int | None, epoch: int = 0) -> Answer:
        """Set the number of a limit for all invocations under it, those queued too; None returns to their own numbers.

        OK or STALE. A higher number lets parked work go on at once, a lower one ends nothing. Safe to repeat.
        """

    @abstractmethod
    def limits(self) -> dict[str, int]:
        """The numbers that were set, by name of the limit."""

    @abstractmethod
    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        """Per id its outcome if it is final, else None: then the outcome will be sent to `client`'s inbox.

        Safe to repeat.

        Raises:
            InvocationNotFound: one of the ids is unknown or has expired.
        """

    @abstractmethod
    def publish(self, definition: TaskDefinition, epoch: int = 0) -> Answer:
        """Put a task definition into the registry, replacing that of the same task: OK or STALE. Safe to repeat.

        Invocations of a task that is `suspended` are parked instead of handed out, until a definition that does not say
        so, or `withdraw`, lets them go on at once. What is owned goes on; what is to be dropped over a limit waits too.
        """

    @abstractmethod
    def withdraw(self, task_id: str, epoch: int = 0) -> Answer:
        """Remove a task definition from the registry, which ends a suspension: OK or STALE. Safe to repeat."""

    @abstractmethod
    def definitions(self) -> dict[str, TaskDefinition]:
        """The registry, by task id."""

    @abstractmethod
    def declare(self, declaration: Declaration, epoch: int = 0) -> Answer:
        """Put a trigger or workflow into the registry of its kind under its name, or take it out if its text is empty.

        OK or STALE. Safe to repeat.
        """

    @abstractmethod
    def declared(self, kind: DeclaredKind) -> dict[str, str]:
        """The texts of all declarations of a kind, by name."""

    @abstractmethod
    def counts(self) -> Counts:
        """How many invocations of each task stand in each status; final ones count from the first day on.

        Also what has failed lately, and which waits longest: see `Counts`.
        """

    @abstractmethod
    def workers(self) -> list[WorkerInfo]:
        """All workers that joined and were not recovered, by id."""
