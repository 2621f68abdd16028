"""`MemStateBackend`: reads the records that the memory store keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._memory.shared import store_of
from pynenc._memory.state import State
from pynenc.core.records import InvocationRecord
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
        return self._store.run(_records, invocation_ids)


def _records(state: State, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
    found = (state.entries.get(invocation_id) for invocation_id in invocation_ids)
    return [entry.record(state.due.get(entry.invocation_id)) if entry else None for entry in found]
