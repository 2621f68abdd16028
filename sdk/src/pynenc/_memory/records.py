"""What the store remembers of an invocation and of a worker; the only mutable records of the package."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pynenc._memory.ranking import Ranking
from pynenc.core.records import Change, Claimed, History, InvocationRecord, NewInvocation, Outcome
from pynenc.core.status import OWNED, Status

WATCHED_PAYLOAD = 4096
"""Bytes. A larger payload does not travel with the news."""
CHANGES = 200
"""Changes of status that a full history keeps."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One invocation, as `call` asked for it.

    `place` is its score in a queue and where it is parked, `parked_under` the key of the limit that it is parked under.
    `cancelling` is the error, and the seconds to keep it, with which its owner was asked to end it.
    `handed` is the parent that it was handed to, to run on its stack, and the fence of that run.
    `clients` watch it, `parents` await it, it awaits `awaited`.
    """

    call: NewInvocation
    place: int
    registered_us: int
    changed_us: int
    status: Status = Status.REGISTERED
    payload: bytes = b""
    attempt: int = 0
    retries: int = 0
    losses: int = 0
    fence: int = 0
    worker: str = ""
    started_us: int = 0
    parked_under: str = ""
    cancelling: tuple[bytes, int] | None = None
    handed: tuple[str, int] = ("", 0)
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=CHANGES))
    awaited: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)

    @property
    def invocation_id(self) -> str:
        """Its id."""
        return self.call.invocation_id

    @property
    def start_by_us(self) -> int:
        """When its first start is too late, 0 if it never is."""
        return self.registered_us + self.call.start_within_us if self.call.start_within_us else 0

    def is_late(self, now: int) -> bool:
        """Whether it has not started in time."""
        return bool(self.start_by_us) and self.attempt == 0 and self.start_by_us <= now

    def write_history(self) -> None:
        """Add where it stands now to a full history."""
        if self.call.history is History.FULL:
            self.changes.append(Change(self.status, self.changed_us, self.worker, self.attempt))

    def claimed(self, now: int) -> Claimed:
        """As its owner sees it."""
        total = self.call.total_timeout_us
        return Claimed(
            invocation_id=self.invocation_id,
            fence=str(self.fence),
            task_id=self.call.task_id,
            arguments=self.call.arguments,
            attempt=self.attempt,
            retries=self.retries,
            losses=self.losses,
            parent_id=self.call.parent_id,
            started=self.status is not Status.PENDING,
            remaining_us=max(1, self.registered_us + total - now) if total else 0,
        )

    def outcome(self) -> Outcome:
        """As its watchers are told; the payload only if it is small."""
        payload = self.payload if len(self.payload) <= WATCHED_PAYLOAD else None
        return Outcome(self.invocation_id, self.status, payload)

    def record(self, due_us: int = 0) -> InvocationRecord:
        """As the state backend shows it; `due_us` is when it comes due, 0 if it is not delayed."""
        return InvocationRecord(
            invocation_id=self.invocation_id,
            task_id=self.call.task_id,
            status=self.status,
            queue=self.call.queue,
            priority=self.call.priority,
            arguments=self.call.arguments,
            payload=self.payload,
            attempt=self.attempt,
            retries=self.retries,
            losses=self.losses,
            fence=str(self.fence) if self.fence else "",
            worker=self.worker,
            parent_id=self.call.parent_id,
            registered_us=self.registered_us,
            started_us=self.started_us,
            changed_us=self.changed_us,
            due_us=due_us,
            cancelling=self.cancelling is not None and self.status in OWNED,
        )


@dataclass(slots=True, kw_only=True)
class Worker:
    """A worker that joined.

    `held` ranks what it owns by fence, `asked` is what of that it is to cancel; `request` and `answered` remember its
    last claim. Until `drained_until_us` it is handed nothing.
    """

    host: str
    pool: str
    lease_until_us: int
    queues: tuple[str, ...] = ()
    pod_uid: str = ""
    drained_until_us: int = 0
    held: Ranking = field(default_factory=Ranking)
    asked: set[str] = field(default_factory=set)
    request: str | None = None
    answered: list[tuple[str, int]] = field(default_factory=list)
