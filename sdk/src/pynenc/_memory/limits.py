"""Limits as membership: owning an entry puts it among the slots of each of its keys.

What is over a limit is parked under the first key that is full, at its own place, and promoted by the step that frees
the place. What is of a suspended task is parked under a key of that.
"""

from __future__ import annotations

from collections.abc import Iterable

from pynenc._memory.ranking import Ranking
from pynenc._memory.records import Entry
from pynenc._memory.state import State
from pynenc.core.concurrency import key_of_name, key_of_suspended
from pynenc.core.records import Answer, Limit
from pynenc.core.status import Status

PROMOTED = 50
"""How many a higher limit promotes at once, under other keys than its own."""
CROWDS = 50
"""Keys with parked work that one step looks at."""


def limits_of(state: State, entry: Entry) -> list[Limit]:
    """The limits of an entry, with the numbers that hold now."""
    return [Limit(each.name, each.key, state.numbers.get(each.name, each.number)) for each in entry.call.limits]


def full(state: State, entry: Entry) -> Limit | None:
    """The first limit of an entry that has no room."""
    return next((limit for limit in limits_of(state, entry) if _room(state, limit) <= 0), None)


def _room(state: State, limit: Limit) -> int:
    return limit.number - len(state.slots.get(limit.key, ()))


def take_slots(state: State, entry: Entry) -> None:
    """Count an entry under each of its limits."""
    for limit in entry.call.limits:
        state.slots.setdefault(limit.key, set()).add(entry.invocation_id)


def free_slots(state: State, entry: Entry) -> None:
    """Count an entry no more, and let one go on that was parked under each of its keys."""
    for limit in entry.call.limits:
        members = state.slots.get(limit.key, set())
        members.discard(entry.invocation_id)
        if not members:
            state.slots.pop(limit.key, None)
    _promote_all(state, (limit.key for limit in entry.call.limits))


def park(state: State, entry: Entry, key: str) -> None:
    """Let an entry wait for a place under `key`.

    It may have been promoted for another one of its keys, so it passes the promotion on.
    """
    entry.parked_under = key
    state.parked.setdefault(key, Ranking()).put(entry.invocation_id, entry.place)
    if key not in state.crowded:
        state.crowded.put(key, state.now)
    state.move(entry, Status.CONCURRENCY_CONTROLLED)
    _promote_all(state, (limit.key for limit in entry.call.limits if limit.key != key))


def unpark(state: State, entry: Entry) -> None:
    """Take an entry out of its parking place."""
    waiting = state.parked[entry.parked_under]
    waiting.discard(entry.invocation_id)
    if not waiting:
        del state.parked[entry.parked_under]
        state.crowded.discard(entry.parked_under)


def _promote_all(state: State, keys: Iterable[str]) -> None:
    for key in keys:
        promote(state, key, 1)


def promote(state: State, key: str, most: int) -> int:
    """Queue the best of what is parked under a key, at most `most` and no more than there is room for; how many."""
    for promoted in range(most):
        entry = _best_parked(state, key)
        if entry is None or _room(state, _limit_under(state, entry, key)) <= promoted:
            return promoted
        unpark(state, entry)
        state.move(entry, Status.REROUTED)
        state.push_ready(entry)
    return most


def _best_parked(state: State, key: str) -> Entry | None:
    best = state.parked[key].first() if key in state.parked else None
    return None if best is None else state.entries[best[1]]


def _limit_under(state: State, entry: Entry, key: str) -> Limit:
    """What is parked under none of its limits is of a task that is or was suspended."""
    task_id = entry.call.task_id
    suspension = Limit(task_id, key, 0 if task_id in state.suspended else len(state.entries))
    return next((limit for limit in limits_of(state, entry) if limit.key == key), suspension)


def suspend(state: State, task_id: str, *, suspended: bool) -> None:
    """Park what would be handed out of a task from now on, or promote all that is parked so."""
    key = key_of_suspended(task_id)
    if suspended:
        state.suspended[task_id] = key
    else:
        state.suspended.pop(task_id, None)
        promote(state, key, len(state.entries))


def promote_parked(state: State) -> None:
    """Promote one under each of some keys; those looked at go to the end of the row, so that all get their turn."""
    for key in state.crowded.up_to(state.now, CROWDS):
        state.crowded.put(key, state.now)
        promote(state, key, 1)


def set_limit(state: State, name: str, number: int | None, epoch: int) -> Answer:
    """Set the number of a limit, or return to the numbers of the invocations, unless a later leader has written."""
    if state.is_stale(epoch):
        return Answer.STALE
    if state.numbers.get(name) == number:
        return Answer.OK  # promoting again would be too much
    if number is None:
        del state.numbers[name]
    else:
        state.numbers[name] = number
    left = PROMOTED - promote(state, key_of_name(name), len(state.entries))
    for key in state.crowded.up_to(state.now, CROWDS) if left > 0 else ():
        best = _best_parked(state, key)
        if best is not None and _limit_under(state, best, key).name == name:
            left -= promote(state, key, left)
    return Answer.OK


def limits(state: State) -> dict[str, int]:
    """The numbers that were set."""
    return dict(state.numbers)
