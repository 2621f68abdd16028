"""Members with scores, lowest score first and ties by name: what a sorted set of Redis is to the library."""

from __future__ import annotations

import heapq
from collections.abc import Iterator


class Ranking:
    """A priority queue whose members can be looked up, moved and taken out.

    Old places of moved members stay in the heap until they come to its top, or until they are most of it.
    """

    def __init__(self) -> None:
        self._scores: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._scores)

    def __contains__(self, member: str) -> bool:
        return member in self._scores

    def score(self, member: str) -> int:
        """The score of a member."""
        return self._scores[member]

    def get(self, member: str) -> int:
        """The score of a member, 0 for who is none."""
        return self._scores.get(member, 0)

    def put(self, member: str, score: int) -> None:
        """Add a member, or move it."""
        if self._scores.get(member) != score:
            self._scores[member] = score
            heapq.heappush(self._heap, (score, member))
        if len(self._heap) > 2 * len(self._scores) + 64:
            self._heap = [(at, name) for name, at in self._scores.items()]
            heapq.heapify(self._heap)

    def move(self, member: str, score: int) -> None:
        """Give a member another score; who is no member stays none."""
        if member in self._scores:
            self.put(member, score)

    def discard(self, member: str) -> None:
        """Take a member out, if it is one."""
        self._scores.pop(member, None)

    def first(self) -> tuple[int, str] | None:
        """The lowest score and its member."""
        while self._heap and self._scores.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def pop(self) -> str | None:
        """Take out the first member."""
        found = self.first()
        if found is None:
            return None
        self.discard(found[1])
        return found[1]

    def up_to(self, score: int, limit: int) -> list[str]:
        """At most `limit` members whose score is `score` or lower, in order."""
        found: list[tuple[int, str]] = []
        while len(found) < limit and (top := self.first()) is not None and top[0] <= score:
            found.append(top)
            self._scores.pop(top[1])
        for at, member in found:
            self.put(member, at)
        return [member for _, member in found]

    def __iter__(self) -> Iterator[str]:
        ordered = sorted((score, member) for member, score in self._scores.items())
        return iter([member for _, member in ordered])
