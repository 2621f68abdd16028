"""`MemStateBackend`: reads the records that the memory store keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._memory import listing
from pynenc._memory.shared import store_of
from pynenc.core.records import Change, InvocationRecord, Query
from pynenc.state_backend.base import BaseStateBackend

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class MemStateBackend(BaseStateBackend):
    """Records of this process; each answer is a copy that never changes."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._store = store_of(app)

    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """See `BaseStateBackend.records`."""
        return self._store.run(listing.records, invocation_ids)

    def query(self, query: Query) -> list[InvocationRecord]:
        """See `BaseStateBackend.query`."""
        return self._store.run(listing.query, query)

    def history(self, invocation_id: str) -> list[Change]:
        """See `BaseStateBackend.history`."""
        return self._store.run(listing.history, invocation_id)

    def dead(self, limit: int = 100) -> list[InvocationRecord]:
        """See `BaseStateBackend.dead`."""
        return self._store.run(listing.dead, limit)
