"""Inboxes and wake-up markers: news for those who listen. All of it may be lost without harm."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

from pynenc.broker.base import News

HINT_TTL_US = 3_600_000_000


class Hints:
    """One list of news a worker or client, one marker a queue. An inbox nobody reads is dropped after an hour.

    `fresh` says that something was added since it was last set to False.
    """

    def __init__(self) -> None:
        self.fresh = False
        self._inboxes: dict[str, deque[News]] = {}
        self._ends: dict[str, int] = {}
        self._agenda: list[tuple[int, str]] = []
        self._marked: set[str] = set()

    def wake(self, queue: str) -> None:
        """Mark a queue; one marker is enough, since whoever takes it and leaves work behind puts a new one."""
        self.fresh = self.fresh or queue not in self._marked
        self._marked.add(queue)

    def tell(self, inbox: str, news: News, now_us: int) -> None:
        """Put news into an inbox."""
        self.fresh = True
        self._inboxes.setdefault(inbox, deque()).append(news)
        self._ends[inbox] = now_us + HINT_TTL_US
        heapq.heappush(self._agenda, (self._ends[inbox], inbox))

    def take(self, inbox: str, queues: Sequence[str]) -> News | None:
        """The next news of `inbox`, else the marker of the first marked queue, else None."""
        if waiting := self._inboxes.get(inbox):
            news = waiting.popleft()
            if not waiting:
                self.drop(inbox)
            return news
        for queue in queues:
            if queue in self._marked:
                self._marked.remove(queue)
                return News(work=True)
        return None

    def drop(self, inbox: str) -> None:
        """Forget an inbox and what is in it."""
        self._inboxes.pop(inbox, None)
        self._ends.pop(inbox, None)

    def expire(self, now_us: int) -> None:
        """Drop the inboxes that nothing was put into for an hour."""
        while self._agenda and self._agenda[0][0] <= now_us:
            end, inbox = heapq.heappop(self._agenda)
            if self._ends.get(inbox) == end:
                self.drop(inbox)
