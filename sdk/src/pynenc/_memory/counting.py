"""How many invocations there are, and which of each task waits longest."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from pynenc._memory.ranking import Ranking
from pynenc._memory.state import LEVEL, State
from pynenc.core.records import Counts
from pynenc.core.status import Status

FRONT = 10
"""Entries that are looked at in one priority of a queue."""


def counts(state: State) -> Counts:
    """Invocations per task and status, failures of the last hour, and the oldest that waits."""
    by_task: dict[str, dict[Status, int]] = {}
    for (task_id, status), number in state.counts.items():
        if number:
            by_task.setdefault(task_id, {})[status] = number
    failed = sum(state.failures.values(), Counter[str]())
    return Counts(by_task, len(state.due), len(state.dead), dict(failed), _oldest(state))


def _oldest(state: State) -> dict[str, int]:
    """Within a priority the order is that of the requests, so a task's first one is its oldest, if near the front."""
    oldest: dict[str, int] = {}
    for queue in state.queues.values():
        for name in _front(queue):
            entry = state.entries[name]
            task_id = entry.call.task_id
            oldest[task_id] = min(oldest.get(task_id, entry.registered_us), entry.registered_us)
    return oldest


def _front(queue: Ranking) -> list[str]:
    """The first ones of each priority."""
    ordered = [(queue.score(name), name) for name in queue]
    found: list[str] = []
    at = 0
    while at < len(ordered):
        some = ordered[at : at + FRONT]
        found += [name for _, name in some]
        at = bisect_left(ordered, ((some[-1][0] // LEVEL + 1) * LEVEL, ""))
    return found
