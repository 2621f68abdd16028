"""How entries leave where they stand: what all verbs share that end, disown or admit one."""

from __future__ import annotations

from collections import Counter

from pynenc._memory.limits import free_slots, full, park, take_slots, unpark
from pynenc._memory.records import Entry
from pynenc._memory.state import SPAN_US, State
from pynenc.broker.base import News
from pynenc.core.records import UNRUN_TTL_SECONDS, History
from pynenc.core.status import Status


def first_started(state: State, entry: Entry) -> None:
    """The first start is over: nothing waits for it any more."""
    key = entry.call.registration_key
    if key and state.registered.get(key) == entry.invocation_id:
        del state.registered[key]
    state.start_by.discard(entry.invocation_id)


def let_go(state: State, entry: Entry) -> None:
    """Take an entry out of what its worker holds and is asked to cancel."""
    owner = state.workers.get(entry.worker)
    if owner is not None:
        owner.held.discard(entry.invocation_id)
        owner.asked.discard(entry.invocation_id)


def settle(state: State, entry: Entry, status: Status, payload: bytes, ttl_seconds: int, quiet: str = "") -> None:
    """End an entry, which was taken out of where it waited, and wake those who wait for it, except parent `quiet`."""
    let_go(state, entry)
    state.move(entry, status)
    entry.payload = payload
    state.lives.put(entry.invocation_id, state.now + ttl_seconds * 1_000_000)
    if entry.call.history is not History.OFF:
        state.ended[entry.invocation_id] = None
    if status is Status.FAILED:
        state.dead[entry.invocation_id] = None
        state.failures.setdefault(state.now // SPAN_US, Counter())[entry.call.task_id] += 1
    first_started(state, entry)
    free_slots(state, entry)
    notify(state, entry, News(outcome=entry.outcome()), quiet)


def settle_cancelled(state: State, entry: Entry, asked: tuple[bytes, int]) -> None:
    """End what its owner was asked to end, with the error that was given then."""
    settle(state, entry, Status.CANCELLED, *asked)


def notify(state: State, entry: Entry, news: News, quiet: str = "") -> None:
    """Tell the clients of an entry, and let its parents wait for it no more."""
    for client in sorted(entry.clients):
        state.hints.tell(client, news, state.now)
    for parent in sorted(entry.parents):
        unlink(state, state.entries[parent], entry.invocation_id, told=parent != quiet)
    entry.clients.clear()
    entry.parents.clear()


def unlink(state: State, parent: Entry, invocation_id: str, *, told: bool = True) -> None:
    """Let a parent wait for one entry less; who waits for nothing any more is told to go on."""
    parent.awaited.discard(invocation_id)
    if told and not parent.awaited and parent.status is Status.PAUSED:
        state.hints.tell(parent.worker, News(resumed=parent.invocation_id), state.now)


def stop_waiting(state: State, entry: Entry) -> None:
    """Drop all edges from an entry to what it awaits."""
    for awaited in entry.awaited:
        state.entries[awaited].parents.discard(entry.invocation_id)
    entry.awaited.clear()


def take_out(state: State, entry: Entry) -> None:
    """Take an entry that nobody owns out of its queue, the delayed ones or its parking place."""
    state.queues[entry.call.queue].discard(entry.invocation_id)
    state.due.discard(entry.invocation_id)
    if entry.status is Status.CONCURRENCY_CONTROLLED:
        unpark(state, entry)


def disown(state: State, entry: Entry, status: Status, delay_us: int = 0) -> None:
    """Let an entry run again, after a delay."""
    let_go(state, entry)
    state.move(entry, status)
    free_slots(state, entry)
    if entry.start_by_us and entry.attempt == 0:
        state.start_by.put(entry.invocation_id, entry.start_by_us)
    if delay_us > 0:
        state.due.put(entry.invocation_id, state.now + delay_us)
    else:
        state.push_ready(entry)


def admit(state: State, entry: Entry) -> bool:
    """Whether it may be owned now, having taken its slots; if not, it is parked or has ended."""
    if entry.is_late(state.now):
        settle(state, entry, Status.EXPIRED, b"", UNRUN_TTL_SECONDS)
        return False
    if (key := state.suspended.get(entry.call.task_id)) is not None:
        park(state, entry, key)
        return False
    over = full(state, entry)
    if over is None:
        take_slots(state, entry)
        return True
    if entry.call.drop:
        settle(state, entry, Status.CONCURRENCY_CONTROLLED_FINAL, b"", UNRUN_TTL_SECONDS)
    else:
        park(state, entry, over.key)
    return False
