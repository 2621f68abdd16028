"""What the store remembers of an invocation and of a worker; the only mutable records of the package."""

from __future__ import annotations

from dataclasses import dataclass, field

from pynenc._memory.ranking import Ranking
from pynenc.core.records import Claimed, InvocationRecord, Outcome
from pynenc.core.status import Status

WATCHED_PAYLOAD = 4096
"""Bytes. A larger payload does not travel with the news."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One invocation. `place` is its score in a queue; `clients` watch it, `parents` await it, it awaits `awaited`."""

    invocation_id: str
    task_id: str
    arguments: bytes
    queue: str
    priority: int
    parent_id: str
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
    awaited: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)

    def claimed(self) -> Claimed:
        """As its owner sees it."""
        return Claimed(
            invocation_id=self.invocation_id,
            fence=str(self.fence),
            task_id=self.task_id,
            arguments=self.arguments,
            attempt=self.attempt,
            retries=self.retries,
            losses=self.losses,
            parent_id=self.parent_id,
            started=self.status is not Status.PENDING,
        )

    def outcome(self) -> Outcome:
        """As its watchers are told; the payload only if it is small."""
        payload = self.payload if len(self.payload) <= WATCHED_PAYLOAD else None
        return Outcome(self.invocation_id, self.status, payload)

    def record(self, due_us: int = 0) -> InvocationRecord:
        """As the state backend shows it; `due_us` is when it comes due, 0 if it is not delayed."""
        return InvocationRecord(
            invocation_id=self.invocation_id,
            task_id=self.task_id,
            status=self.status,
            queue=self.queue,
            priority=self.priority,
            arguments=self.arguments,
            payload=self.payload,
            attempt=self.attempt,
            retries=self.retries,
            losses=self.losses,
            fence=str(self.fence) if self.fence else "",
            worker=self.worker,
            parent_id=self.parent_id,
            registered_us=self.registered_us,
            started_us=self.started_us,
            changed_us=self.changed_us,
            due_us=due_us,
        )


@dataclass(slots=True, kw_only=True)
class Worker:
    """A worker that joined. `held` ranks what it owns by fence; `request` and `answered` remember its last claim."""

    host: str
    pool: str
    lease_until_us: int
    held: Ranking = field(default_factory=Ranking)
    request: str | None = None
    answered: list[tuple[str, int]] = field(default_factory=list)
