"""What is kept of invocations: arguments, results, errors and times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc.core.records import Change, InvocationRecord, Query

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class BaseStateBackend(ABC):
    """Reads records; nothing here changes one."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """The records of `invocation_ids` in that order, None for unknown or expired ones; one round trip."""

    def query(self, query: Query) -> list[InvocationRecord]:
        """Invocations that fit, newest first: what waits or runs always, what has ended as its history says.

        Costs in proportion to what is listed and what is in flight, never to all that has ended.
        """
        raise NotImplementedError

    def history(self, invocation_id: str) -> list[Change]:
        """Changes of status, oldest first: with history FULL all of them (at most 200), else those of the record."""
        raise NotImplementedError

    def dead(self, limit: int = 100) -> list[InvocationRecord]:
        """FAILED invocations that were neither requeued nor have expired, newest first."""
        raise NotImplementedError
