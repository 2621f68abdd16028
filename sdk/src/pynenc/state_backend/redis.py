"""`RedisStateBackend`: reads the records that the function library writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._redis.shared import library_of
from pynenc.core.records import InvocationRecord
from pynenc.core.status import Status
from pynenc.state_backend.base import BaseStateBackend

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class RedisStateBackend(BaseStateBackend):
    """Records in Redis hashes, one pipeline per read."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._library = library_of(app)

    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """See `BaseStateBackend.records`."""
        rows = self._library.records(invocation_ids) if invocation_ids else []
        return [_record(invocation_id, row) for invocation_id, row in zip(invocation_ids, rows, strict=True)]


def _record(invocation_id: str, row: Sequence[bytes | None]) -> InvocationRecord | None:
    if row[0] is None:
        return None
    status, task, queue, priority, arguments, payload, attempt, retries, losses, fence, owner, parent, *times = (
        value or b"" for value in row
    )
    registered, started, changed = (int(time or 0) for time in times)
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
    )
