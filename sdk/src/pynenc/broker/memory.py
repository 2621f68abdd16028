"""`MemBroker`: hints within this process, by a condition variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._memory.shared import store_of
from pynenc._memory.state import State
from pynenc.broker.base import FusedBroker, News

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class MemBroker(FusedBroker):
    """Waits on the store's own lock; whoever adds a hint wakes it."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._store = store_of(app)

    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """See `BaseBroker.listen`."""
        return self._store.listen(inbox, queues, timeout_seconds)

    def nudge(self, inbox: str) -> None:
        """See `BaseBroker.nudge`."""
        self._store.run(_nudge, inbox)

    def wake(self, queue: str) -> None:
        """See `BaseBroker.wake`."""
        self._store.run(_wake, queue)

    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        """See `BaseBroker.sizes`."""
        return self._store.run(_sizes, queues)


def _nudge(state: State, inbox: str) -> None:
    state.hints.tell(inbox, News(), state.now)


def _wake(state: State, queue: str) -> None:
    state.hints.wake(queue, state.now)


def _sizes(state: State, queues: Sequence[str]) -> dict[str, int]:
    return {queue: len(state.queues[queue]) if queue in state.queues else 0 for queue in queues}
