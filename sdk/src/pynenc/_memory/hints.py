"""Inboxes and wake-up markers: news for those who listen. All of it may be lost without harm."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pynenc._memory.ranking import Ranking
from pynenc.broker.base import News

HINT_TTL_US = 3_600_000_000


class Hints:
    """One list of news a worker or client, one marker a queue. What nobody reads is dropped after an hour.

    `inboxes` are the lists, `marked` are the marked queues by when their markers end. `fresh` says that something was
    added since it was last set to False.
    """

    def __init__(self) -> None:
        self.fresh = False
        self.inboxes: dict[str, deque[News]] = {}
        self.marked = Ranking()
        self._ends = Ranking()

    def wake(self, queue: str, now_us: int) -> None:
        """Mark a queue; one marker is enough, since whoever takes it and leaves work behind puts a new one."""
        if queue not in self.marked:
            self.fresh = True
            self.marked.put(queue, now_us + HINT_TTL_US)

    def tell(self, inbox: str, news: News, now_us: int) -> None:
        """Put news into an inbox."""
        self.fresh = True
        self.inboxes.setdefault(inbox, deque()).append(news)
        self._ends.put(inbox, now_us + HINT_TTL_US)

    def take(self, inbox: str, queues: Sequence[str]) -> News | None:
        """The next news of `inbox`, else the marker of the first marked queue, else None."""
        if waiting := self.inboxes.get(inbox):
            news = waiting.popleft()
            if not waiting:
                self.drop(inbox)
            return news
        for queue in queues:
            if queue in self.marked:
                self.marked.discard(queue)
                return News(work=True)
        return None

    def drop(self, inbox: str) -> None:
        """Forget an inbox and what is in it."""
        self.inboxes.pop(inbox, None)
        self._ends.discard(inbox)

    def expire(self, now_us: int) -> None:
        """Drop the inboxes that nothing was put into for an hour, and old markers."""
        while (first := self._ends.first()) is not None and first[0] <= now_us:
            self.drop(first[1])
        while (first := self.marked.first()) is not None and first[0] <= now_us:
            self.marked.discard(first[1])
