"""The data of one app and the moves that all verbs share. Every function runs inside one step of the store.

`now` is the time of the running step, in microseconds; nothing here draws a clock or takes a lock.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from pynenc._memory.hints import Hints
from pynenc._memory.ranking import Ranking
from pynenc._memory.records import Entry, Worker
from pynenc.core.records import Answer, DeclaredKind, NewInvocation, TaskDefinition
from pynenc.core.status import OWNED, Status, may_follow

LEVEL = 2**45
"""Places in a queue for one priority."""
PROMOTED_AT_ONCE = 100
SPAN_US = 300_000_000
"""Failures of the last hour are counted by spans of so long."""
SPANS = 12


class State:
    """All that a store knows. `epoch` is None until the store is opened, which was first at `opened_us`.

    Queues, `due` and `parked` (by key of a limit) hold what nobody owns; `slots` who owns under a key of a limit, and
    `crowded` the keys under which something is parked, by when they were last looked at. `numbers` are the limits that
    were set, `registered` who holds a registration key, `start_by` what must start by a time unless it is owned.
    `draining` says until when the workers of a pod are handed nothing, `suspended` under which key the invocations of a
    task are parked.
    `lives` ranks what has ended by the end of its life; `ended` and `dead` list it, the latest end last. `failures`
    counts what failed in the last hour, by span of time and task.
    """

    def __init__(self) -> None:
        self.now = 0
        self.sequence = 0
        self.epoch: int | None = None
        self.opened_us = 0
        self.entries: dict[str, Entry] = {}
        self.queues: defaultdict[str, Ranking] = defaultdict(Ranking)
        self.due = Ranking()
        self.parked: dict[str, Ranking] = {}
        self.crowded = Ranking()
        self.slots: dict[str, set[str]] = {}
        self.numbers: dict[str, int] = {}
        self.registered: dict[str, str] = {}
        self.start_by = Ranking()
        self.lives = Ranking()
        self.ended: dict[str, None] = {}
        self.dead: dict[str, None] = {}
        self.failures: dict[int, Counter[str]] = {}
        self.workers: dict[str, Worker] = {}
        self.draining: dict[str, int] = {}
        self.counts: Counter[tuple[str, Status]] = Counter()
        self.definitions: dict[str, TaskDefinition] = {}
        self.suspended: dict[str, str] = {}
        self.declared: dict[tuple[DeclaredKind, str], str] = {}
        self.hints = Hints()

    def begin(self, now: int) -> None:
        """Start a step: set its time and forget what has outlived its time to live."""
        self.now = now
        while (first := self.lives.first()) is not None and first[0] <= now:
            self.bury(first[1])
        self.hints.expire(now)
        for span in [span for span in self.failures if span <= now // SPAN_US - SPANS]:
            del self.failures[span]

    def bury(self, invocation_id: str) -> None:
        """Delete an entry that stands nowhere any more."""
        del self.entries[invocation_id]
        self.lives.discard(invocation_id)
        self.ended.pop(invocation_id, None)
        self.dead.pop(invocation_id, None)

    def is_stale(self, epoch: int) -> bool:
        """Whether a later leader than this one has opened the store."""
        return (self.epoch or 0) > epoch

    def insert(self, call: NewInvocation, due_us: int) -> Entry:
        """Store and queue a new entry."""
        self.sequence += 1
        place = (9 - call.priority) * LEVEL + self.sequence
        entry = Entry(call=call, place=place, registered_us=self.now, changed_us=self.now)
        self.entries[call.invocation_id] = entry
        self.counts[call.task_id, entry.status] += 1
        entry.write_history()
        if call.start_within_us:
            self.start_by.put(entry.invocation_id, entry.start_by_us)
        if due_us > self.now:
            self.due.put(entry.invocation_id, due_us)
        else:
            self.push_ready(entry, quietly=call.quiet and not call.due_us)
        return entry

    def move(self, entry: Entry, status: Status) -> None:
        """Take one step, which must be a legal one."""
        if not may_follow(entry.status, status):
            raise RuntimeError(f"{entry.status} must not lead to {status}")
        self.counts[entry.call.task_id, entry.status] -= 1
        self.counts[entry.call.task_id, status] += 1
        entry.status, entry.changed_us = status, self.now
        entry.write_history()

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

    def push_ready(self, entry: Entry, *, quietly: bool = False) -> None:
        """Put an entry into its queue, with a marker unless its caller sees to that."""
        self.queues[entry.call.queue].put(entry.invocation_id, entry.place)
        if not quietly:
            self.hints.wake(entry.call.queue, self.now)

    def promote_due(self) -> None:
        """Queue what has come due, a bounded number of entries."""
        for invocation_id in self.due.up_to(self.now, PROMOTED_AT_ONCE):
            self.due.discard(invocation_id)
            self.push_ready(self.entries[invocation_id])
