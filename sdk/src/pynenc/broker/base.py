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


@dataclass(frozen=True, slots=True)
class Ready:
    """An invocation that is ready to be claimed: what a broker may order by. Higher priorities go first."""

    invocation_id: str
    queue: str
    priority: int = 0


class BaseBroker(ABC):
    """Order of ready work. Your own class keeps `route`, `retrieve` and `sizes`; the rest is the store's.

    A broker may lose ids and hand one out twice: the store's records are the truth, what is not ready any more is not
    claimed, and what was lost is routed again after some seconds.
    """

    def __init__(self, app: Pynenc) -> None:
        self.app = app

    @abstractmethod
    def route(self, ready: Sequence[Ready]) -> None:
        """Take in invocations, which are in the store already. May raise a BackendError: they are routed again."""

    @abstractmethod
    def retrieve(self, queues: Sequence[str], limit: int) -> list[str]:
        """Take out at most `limit` ids from `queues`, looked at in that order, the next first; never blocks."""

    @abstractmethod
    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        """How many invocations are ready to be claimed in each queue (delayed ones are not)."""

    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """Block until there is news in `inbox` (of a worker or client), work in one of `queues`, or time is up.

        Hints may be lost or come twice, so a caller looks at the records again after every return.
        """
        return self.app.hints.listen(inbox, queues, timeout_seconds)

    def nudge(self, inbox: str) -> None:
        """End a `listen` on `inbox` early, or the next one, with empty news."""
        self.app.hints.nudge(inbox)

    def wake(self, queue: str) -> None:
        """Tell one listener that there is work in `queue`."""
        self.app.hints.wake(queue)


class FusedBroker(BaseBroker):
    """A broker whose order is kept by the store itself, in the same step as everything else."""

    def route(self, ready: Sequence[Ready]) -> None:
        """Nothing: the store has it in order."""

    def retrieve(self, queues: Sequence[str], limit: int) -> list[str]:
        """Nothing: a claim takes from the store."""
        return []

    @abstractmethod
    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """See `BaseBroker.listen`."""

    @abstractmethod
    def nudge(self, inbox: str) -> None:
        """See `BaseBroker.nudge`."""

    @abstractmethod
    def wake(self, queue: str) -> None:
        """See `BaseBroker.wake`."""
