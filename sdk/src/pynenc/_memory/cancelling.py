"""The verbs of those who look after invocations: cancel, run again, forget."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.limits import free_slots
from pynenc._memory.moves import first_started, let_go, notify, settle, stop_waiting, take_out
from pynenc._memory.records import Entry
from pynenc._memory.state import State
from pynenc.broker.base import News
from pynenc.core.records import Answer
from pynenc.core.status import FINAL, OWNED, Status


def cancel(state: State, invocation_id: str, payload: bytes, ttl_seconds: int) -> Answer:
    """End what nobody owns; mark what is owned, so that the owner's own end and the cancelling cannot both count."""
    entry = state.entries.get(invocation_id)
    if entry is None:
        return Answer.GONE
    if entry.status in FINAL:
        return Answer.ALREADY
    if entry.status in OWNED:
        _ask(state, entry, payload, ttl_seconds)
        return Answer.CANCELLING
    take_out(state, entry)
    settle(state, entry, Status.CANCELLED, payload, ttl_seconds)
    return Answer.OK


def _ask(state: State, entry: Entry, payload: bytes, ttl_seconds: int) -> None:
    if entry.cancelling:
        return
    entry.cancelling = (payload, ttl_seconds)
    state.workers[entry.worker].asked.add(entry.invocation_id)
    if entry.status is Status.PAUSED:
        state.hints.tell(entry.worker, News(resumed=entry.invocation_id), state.now)


def requeue(state: State, invocation_id: str, new_id: str) -> Answer:
    """Enqueue the call of a final one once more: no delay, no registration key, a place at the end of its queue."""
    if new_id in state.entries:
        return Answer.DUPLICATE
    entry = state.entries.get(invocation_id)
    if entry is None:
        return Answer.GONE
    if entry.status not in FINAL:
        return Answer.BADSTATE
    call = entry.call._replace(invocation_id=new_id, due_us=0, delay_us=0, registration_key="", quiet=False)
    state.insert(call, due_us=0)
    state.dead.pop(invocation_id, None)
    return Answer.OK


def forget(state: State, invocation_ids: Sequence[str]) -> int:
    """Delete invocations wherever they stand, with all that belongs to them; how many there were."""
    found = [state.entries[name] for name in dict.fromkeys(invocation_ids) if name in state.entries]
    for entry in found:
        _forget_one(state, entry)
    return len(found)


def _forget_one(state: State, entry: Entry) -> None:
    if entry.status in OWNED:
        stop_waiting(state, entry)
        let_go(state, entry)
    elif entry.status not in FINAL:
        take_out(state, entry)
    if entry.status not in FINAL:
        state.counts[entry.call.task_id, entry.status] -= 1
        first_started(state, entry)
        free_slots(state, entry)
    state.bury(entry.invocation_id)
    notify(state, entry, News())


def known_ids(state: State) -> list[str]:
    """The ids of all invocations, older ones first."""
    return sorted(state.entries)
