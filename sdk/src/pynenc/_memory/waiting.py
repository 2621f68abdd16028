"""The verbs of those who wait: invocations for each other, and clients for outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.records import Entry
from pynenc._memory.state import BOOST, State
from pynenc.core.records import Answer, Outcome, WaitAnswer
from pynenc.core.status import FINAL, Status
from pynenc.errors import InvocationNotFound

GRAPH = 2000
"""Invocations looked at to exclude a cycle."""


def wait(state: State, worker: str, invocation_id: str, fence: str, awaited: Sequence[str]) -> WaitAnswer:
    """RUNNING to PAUSED while something is awaited; the check for a cycle and the edges are one step."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return WaitAnswer(entry)
    if entry.status is Status.PENDING:
        return WaitAnswer(Answer.BADSTATE)
    refused = _find_cycle(state, invocation_id, awaited)
    if refused:
        return refused
    for other in awaited:
        _link(state, entry, state.entries.get(other))
    status = Status.PAUSED if entry.awaited else Status.RUNNING
    if status is not entry.status:
        state.move(entry, status)
    return WaitAnswer(Answer.PAUSED if entry.awaited else Answer.READY)


def _find_cycle(state: State, target: str, awaited: Sequence[str]) -> WaitAnswer | None:
    seen: set[str] = set()
    came_from: dict[str, str] = {}
    stack = list(reversed(awaited))
    while stack:
        here = stack.pop()
        if here == target:
            return WaitAnswer(Answer.CYCLE, (*_path_back(came_from, target), target))
        if here in seen:
            continue
        seen.add(here)
        if len(seen) > GRAPH:
            return WaitAnswer(Answer.TOOBIG)
        known = state.entries.get(here)
        further = [other for other in sorted(known.awaited, reverse=True) if other not in seen] if known else []
        came_from.update(dict.fromkeys(further, here))
        stack += further
    return None


def _path_back(came_from: dict[str, str], target: str) -> list[str]:
    path: list[str] = []
    here = came_from.get(target)
    while here is not None:
        path.append(here)
        here = came_from.get(here)
    return [target, *reversed(path)]


def _link(state: State, entry: Entry, other: Entry | None) -> None:
    if other is None or other.status in FINAL:
        return
    entry.awaited.add(other.invocation_id)
    other.parents.add(entry.invocation_id)
    if other.place > 0:
        other.place -= BOOST
    state.queues[other.queue].move(other.invocation_id, other.place)


def resume(state: State, worker: str, invocation_id: str, fence: str, force: bool) -> Answer:
    """PAUSED to RUNNING once nothing is awaited any more; by force also before that."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is Status.RUNNING:
        return Answer.OK
    if entry.status is not Status.PAUSED:
        return Answer.BADSTATE
    if entry.awaited and not force:
        return Answer.WAITING
    state.stop_waiting(entry)
    state.move(entry, Status.RUNNING)
    return Answer.OK


def watch(state: State, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
    """Outcomes of what has ended; the others will be sent to the client's inbox. One unknown id, and nothing is."""
    found = [state.entries.get(invocation_id) for invocation_id in invocation_ids]
    for invocation_id, entry in zip(invocation_ids, found, strict=True):
        if entry is None:
            raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
    return [_watch_one(client, entry) for entry in found if entry is not None]


def _watch_one(client: str, entry: Entry) -> Outcome | None:
    if entry.status in FINAL:
        return Outcome(entry.invocation_id, entry.status, entry.payload)
    entry.clients.add(client)
    return None
