"""What is kept of invocations: arguments, results, errors and times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc.core.records import InvocationRecord

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class BaseStateBackend(ABC):
    """Reads records; nothing here changes one."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        """The records of `invocation_ids` in that order, None for unknown or expired ones; one round trip."""
