"""`RedisBroker`: hints by blocking pops. The order of ready work itself is kept by the function library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc._redis.shared import library_of
from pynenc.broker.base import FusedBroker, News
from pynenc.core.records import Outcome
from pynenc.core.status import Status

if TYPE_CHECKING:
    from pynenc.app import Pynenc

NUDGE = b"n"


class RedisBroker(FusedBroker):
    """Waits in Redis, on an inbox and the marker lists of queues."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._library = library_of(app)

    def listen(self, inbox: str, queues: Sequence[str], timeout_seconds: float) -> News:
        """See `BaseBroker.listen`."""
        keys = self._library.keys
        found = self._library.pop_hint([keys.inbox(inbox), *map(keys.wake, queues)], timeout_seconds)
        if found is None:
            return News()
        return _news(found[1]) if found[0] == keys.inbox(inbox) else News(work=True)

    def nudge(self, inbox: str) -> None:
        """See `BaseBroker.nudge`."""
        self._library.push_hint(self._library.keys.inbox(inbox), NUDGE)

    def wake(self, queue: str) -> None:
        """See `BaseBroker.wake`."""
        self._library.push_hint(self._library.keys.wake(queue), NUDGE, most=1)

    def sizes(self, queues: Sequence[str]) -> dict[str, int]:
        """See `BaseBroker.sizes`."""
        return dict(zip(queues, self._library.sizes(queues), strict=True))


def _news(message: bytes) -> News:
    kind, _, rest = message.partition(b" ")
    if kind == NUDGE:
        return News()
    if kind == b"r":
        return News(resumed=rest.decode())
    invocation_id, status, body = rest.split(b" ", 2)
    payload = body[1:] if body[:1] == b"1" else None
    return News(outcome=Outcome(invocation_id.decode(), Status(status.decode()), payload))
