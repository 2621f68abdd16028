"""`RedisStateBackend`: reads the records that the function library writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._redis.shared import library_of
from pynenc.core.records import Change, InvocationRecord, Query
from pynenc.core.status import FINAL, OWNED, Status
from pynenc.state_backend.base import LOOKED, BaseStateBackend, changes_of, fits, newest

if TYPE_CHECKING:
    from pynenc.app import Pynenc

PAGE = 500


class RedisStateBackend(BaseStateBackend):
    """Records in Redis hashes, one pipeline per read."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._library = library_of(app)

    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """See `BaseStateBackend.records`."""
        rows = self._library.records(invocation_ids) if invocation_ids else []
        return [_record(invocation_id, *row) for invocation_id, row in zip(invocation_ids, rows, strict=True)]

    def query(self, query: Query) -> list[InvocationRecord]:
        """See `BaseStateBackend.query`."""
        found: dict[str, InvocationRecord] = {}
        if not query.statuses or query.statuses - FINAL:
            waiting = sorted(self._library.waiting(query.queue))
            for first in range(0, len(waiting), PAGE):
                self._collect(found, query, waiting[first : first + PAGE])
        if not query.statuses or query.statuses & FINAL:
            self._collect_ended(found, query)
        return newest(found.values(), query.limit)

    def history(self, invocation_id: str) -> list[Change]:
        """See `BaseStateBackend.history`."""
        lines = self._library.history(invocation_id)
        if lines:
            return [_change(line) for line in lines]
        record = self.records([invocation_id])[0]
        return [] if record is None else changes_of(record)

    def dead(self, limit: int = 100) -> list[InvocationRecord]:
        """See `BaseStateBackend.dead`."""
        found: dict[str, InvocationRecord] = {}
        failed = Query(frozenset({Status.FAILED}), limit=limit)  # an id of the dead may be in use again
        self._collect_listed(found, failed, self._library.keys.dead)
        return newest(found.values(), limit)

    def _collect_ended(self, found: dict[str, InvocationRecord], query: Query) -> None:
        ended: dict[str, InvocationRecord] = {}
        self._collect_listed(ended, query, self._library.keys.ended)
        found.update(ended)

    def _collect_listed(self, found: dict[str, InvocationRecord], query: Query, key: str) -> None:
        for first in range(0, LOOKED, PAGE):
            ids = self._library.listed(key, first, PAGE)
            self._collect(found, query, ids)
            if len(ids) < PAGE or len(found) >= query.limit:
                return

    def _collect(self, found: dict[str, InvocationRecord], query: Query, ids: Sequence[str]) -> None:
        for record in self.records(ids):
            if record is not None and fits(record, query):
                found[record.invocation_id] = record


def _change(line: str) -> Change:
    status, at_us, attempt, worker = line.split(" ", 3)
    return Change(Status(status), int(at_us), worker, int(attempt))


def _record(invocation_id: str, row: Sequence[bytes | None], due: float | None) -> InvocationRecord | None:
    if row[0] is None:
        return None
    words = [value or b"" for value in row]
    status, task, queue, priority, arguments, payload, attempt, retries, losses, fence, owner, parent = words[:12]
    registered, started, changed = (int(time or 0) for time in words[12:15])
    return InvocationRecord(
        invocation_id=invocation_id,
        task_id=task.decode(),
        status=Status(status.decode()),
        queue=queue.decode(),
        priority=int(priority or 0),
        arguments=arguments,
        payload=payload,
        attempt=int(attempt or 0),
        retries=int(retries or 0),
        losses=int(losses or 0),
        fence=fence.decode(),
        worker=owner.decode(),
        parent_id=parent.decode(),
        registered_us=registered,
        started_us=started,
        changed_us=changed,
        due_us=int(due or 0),
        cancelling=b"c" in words[15] and status.decode() in OWNED,
    )
