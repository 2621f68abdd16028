"""The data of one app and the moves that several verbs share. Every function runs inside one step of the store.

`now` is the time of the running step, in microseconds; nothing here draws a clock or takes a lock.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict

from pynenc._memory.hints import Hints
from pynenc._memory.ranking import Ranking
from pynenc._memory.records import Entry, Worker
from pynenc.broker.base import News
from pynenc.core.records import Answer, TaskDefinition
from pynenc.core.status import OWNED, Status, may_follow

LEVEL = 2**45
"""Places in a queue for one priority."""
BOOST = 256 * LEVEL
"""Puts what somebody waits for before everything else."""
PROMOTED_AT_ONCE = 100


class State:
    """All that a store knows. `epoch` is None until the store is opened."""

    def __init__(self) -> None:
        self.now = 0
        self.sequence = 0
        self.epoch: int | None = None
        self.entries: dict[str, Entry] = {}
        self.queues: defaultdict[str, Ranking] = defaultdict(Ranking)
        self.due = Ranking()
        self.workers: dict[str, Worker] = {}
        self.counts: Counter[tuple[str, Status]] = Counter()
        self.definitions: dict[str, TaskDefinition] = {}
        self.hints = Hints()
        self._ends: list[tuple[int, str]] = []

    def begin(self, now: int) -> None:
        """Start a step: set its time and forget what has outlived its time to live."""
        self.now = now
        while self._ends and self._ends[0][0] <= now:
            self.entries.pop(heapq.heappop(self._ends)[1], None)
        self.hints.expire(now)

    def move(self, entry: Entry, *through: Status) -> None:
        """Pass through statuses, each of which must be a legal step from the one before; the last one is kept."""
        before = entry.status
        for status in through:
            if not may_follow(entry.status, status):
                raise RuntimeError(f"{entry.status} must not lead to {status}")
            entry.status = status
        entry.changed_us = self.now
        self.counts[entry.task_id, before] -= 1
        self.counts[entry.task_id, entry.status] += 1

    def owned(self, worker: str, invocation_id: str, fence: str) -> Entry | Answer:
        """The entry that `(worker, fence)` owns, or why there is none.

        What was given up keeps its last owner, so that a repeated step of that owner is told from a stale one.
        """
        entry = self.entries.get(invocation_id)
        if entry is None:
            return Answer.GONE
        if entry.worker != worker or str(entry.fence) != fence or not entry.fence:
            return Answer.FENCED
        return entry if entry.status in OWNED else Answer.ALREADY

    def push_ready(self, entry: Entry) -> None:
        """Put an entry into its queue, with a marker."""
        self.queues[entry.queue].put(entry.invocation_id, entry.place)
        self.hints.wake(entry.queue)

    def promote_due(self) -> None:
        """Queue what has come due, a bounded number of entries."""
        for invocation_id in self.due.up_to(self.now, PROMOTED_AT_ONCE):
            self.due.discard(invocation_id)
            self.push_ready(self.entries[invocation_id])

    def disown(self, worker: str, entry: Entry) -> None:
        """Take an entry out of what a worker holds."""
        self.workers[worker].held.discard(entry.invocation_id)

    def settle(self, worker: str, entry: Entry, payload: bytes, ttl_seconds: int, *through: Status) -> None:
        """End an entry and wake those who wait for it."""
        self.move(entry, *through)
        entry.payload = payload
        heapq.heappush(self._ends, (self.now + ttl_seconds * 1_000_000, entry.invocation_id))
        self.disown(worker, entry)
        self._notify(entry)

    def _notify(self, entry: Entry) -> None:
        for client in sorted(entry.clients):
            self.hints.tell(client, News(outcome=entry.outcome()), self.now)
        for parent in sorted(entry.parents):
            waiting = self.entries[parent]
            waiting.awaited.discard(entry.invocation_id)
            if not waiting.awaited and waiting.status is Status.PAUSED:
                self.hints.tell(waiting.worker, News(resumed=parent), self.now)
        entry.clients.clear()
        entry.parents.clear()

    def stop_waiting(self, entry: Entry) -> None:
        """Drop all edges from an entry to what it awaits."""
        for awaited in entry.awaited:
            self.entries[awaited].parents.discard(entry.invocation_id)
        entry.awaited.clear()
