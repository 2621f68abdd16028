"""What a wait must not close, looked for in the graph of who waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pynenc._memory.limits import limits_of
from pynenc._memory.state import State
from pynenc.core.records import Answer, Limit, WaitAnswer
from pynenc.core.status import FINAL, OWNED

GRAPH = 2000
"""Invocations looked at to exclude a cycle."""


def refusal(state: State, invocation_id: str, awaited: Sequence[str]) -> WaitAnswer | None:
    """Why `invocation_id` must not wait for these, or None."""
    below = _find_cycle(state, invocation_id, awaited)
    return below if isinstance(below, WaitAnswer) else _find_deadlock(state, invocation_id, below)


def _find_cycle(state: State, target: str, awaited: Sequence[str]) -> WaitAnswer | list[str]:
    """The answer if one of `awaited` waits for `target`; else all that was looked at, in that order."""
    seen: dict[str, None] = {}
    came_from: dict[str, str] = {}
    stack = list(reversed(awaited))
    while stack:
        here = stack.pop()
        if here == target:
            return WaitAnswer(Answer.CYCLE, (*_path_back(came_from, target), target))
        if here in seen:
            continue
        seen[here] = None
        if len(seen) > GRAPH:
            return WaitAnswer(Answer.TOOBIG)
        known = state.entries.get(here)
        further = [other for other in sorted(known.awaited, reverse=True) if other not in seen] if known else []
        came_from.update(dict.fromkeys(further, here))
        stack += further
    return list(seen)


def _path_back(came_from: dict[str, str], target: str) -> list[str]:
    path: list[str] = []
    here = came_from.get(target)
    while here is not None:
        path.append(here)
        here = came_from.get(here)
    return [target, *reversed(path)]


def _find_deadlock(state: State, invocation_id: str, below: Iterable[str]) -> WaitAnswer | None:
    """The answer if something below needs a limit all of whose places are held by the caller and what waits for it."""
    chain: list[str] | None = None
    for name in below:
        entry = state.entries.get(name)
        if entry is None or entry.status in FINAL | OWNED:
            continue
        for limit in limits_of(state, entry):
            chain = chain or _chain_of(state, invocation_id)
            if _holds_all(state, chain, limit):
                return WaitAnswer(Answer.DEADLOCK, (name, limit.name))
    return None


def _chain_of(state: State, invocation_id: str) -> list[str]:
    """`invocation_id` and all that wait for it, directly or not."""
    chain, seen = [invocation_id], {invocation_id}
    for name in chain:  # grows while it is walked along
        if len(chain) > GRAPH:
            break
        above = [parent for parent in sorted(state.entries[name].parents) if parent not in seen]
        seen.update(above)
        chain += above
    return chain


def _holds_all(state: State, chain: Iterable[str], limit: Limit) -> bool:
    members = state.slots.get(limit.key, ())
    held = sum(name in members for name in chain)
    return held > 0 and held >= limit.number
