"""Order of ready work, and the hints that save workers from polling for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pynenc.core.records import Outcome

if TYPE_CHECKING:
    from pynenc.app import Pynenc


@dataclass(frozen=True, slots=True)
class News:
    """What ended a wait. All of it is a hint: the store's records are the truth.

    `work`: a queue has work. `resumed`: this PAUSED invocation has nothing to wait for any more.
    `outcome`: a watched invocation ended. All empty: the time is up.
    """

    work: bool = False
    resumed: str = ""
    outcome: Outcome | None = None

    def __bool__(self) -> bool:
        return self.work or bool(self.resumed) or self.outcome is not None


class BaseBroker(ABC):
    """Tells who waits that there is something to do."""

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """Block until there is news in `inbox` (of a worker or client), work in one of `queues`, or time is up.

        Hints may be lost or come twice, so a caller looks at the records again after every return.
        """

    @abstractmethod
    def nudge(self, inbox: str) -> None:
        """End a `listen` on `inbox` early, or the next one, with empty news."""

    @abstractmethod
    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        """How many invocations are ready to be claimed in each queue (delayed ones are not)."""
