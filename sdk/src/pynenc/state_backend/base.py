"""What is kept of invocations: arguments, results, errors and times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pynenc.core.records import Change, InvocationRecord, Query
from pynenc.core.status import Status

if TYPE_CHECKING:
    from pynenc.app import Pynenc

LOOKED = 10_000
"""Ended invocations that one query looks at, however few of them fit."""


class BaseStateBackend(ABC):
    """Reads records; nothing here changes one."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """The records of `invocation_ids` in that order, None for unknown or expired ones; one round trip."""

    @abstractmethod
    def query(self, query: Query) -> list[InvocationRecord]:
        """Invocations that fit, last changed first: what waits or runs always, what has ended as its history says.

        Costs in proportion to what is listed and what is in flight, never to all that has ended.
        """

    @abstractmethod
    def history(self, invocation_id: str) -> list[Change]:
        """Changes of status, oldest first: with history FULL all of them (at most 200), else those of the record."""

    @abstractmethod
    def dead(self, limit: int = 100) -> list[InvocationRecord]:
        """FAILED invocations that were neither requeued nor have expired, newest first."""


def fits(record: InvocationRecord, query: Query) -> bool:
    """Whether a query asks for this record."""
    return (
        (not query.statuses or record.status in query.statuses)
        and query.task_id in ("", record.task_id)
        and query.queue in ("", record.queue)
    )


def newest(records: Iterable[InvocationRecord], limit: int) -> list[InvocationRecord]:
    """At most `limit` records, last changed first, those of one time by id."""
    return sorted(records, key=lambda record: (-record.changed_us, record.invocation_id))[:limit]


def changes_of(record: InvocationRecord) -> list[Change]:
    """What a record itself tells of its history: registered, last started and last changed."""
    changes = [Change(Status.REGISTERED, record.registered_us)]
    if record.started_us:
        changes.append(Change(Status.RUNNING, record.started_us, record.worker, record.attempt))
    if record.status is not changes[-1].status:
        changes.append(Change(record.status, record.changed_us, record.worker, record.attempt))
    return changes
