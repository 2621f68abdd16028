"""How entries come into the hands of a worker. What a claim promises is in `pynenc.orchestrator.base`."""

from __future__ import annotations

from pynenc._memory.moves import admit, first_started
from pynenc._memory.records import Entry, Worker
from pynenc._memory.state import State
from pynenc.core.records import Answer, Claim, Claimed
from pynenc.core.status import OWNED, Status
from pynenc.orchestrator.base import ClaimRequest

LOOKED = 50
"""Entries that one claim looks at in vain in one queue."""


def claim(state: State, worker: str, request: ClaimRequest) -> Claim:
    """Pop, take the limits, own and fence; a request that got items gets what is still owned of them again."""
    known = state.workers.get(worker)
    if known is None:
        _pass_on(state, request)
        return Claim(Answer.LOST)
    if known.request == request.request:
        return Claim(Answer.OK, _replay(state, worker, known))
    if known.drained_until_us > state.now:
        _pass_on(state, request)
        return Claim(Answer.DRAINING)
    state.promote_due()
    items = _claim_ids(state, worker, request) if request.ids else _claim_queues(state, worker, request)
    _pass_on(state, request)
    if items:
        known.request = request.request
        known.answered = [(item.invocation_id, int(item.fence)) for item in items]
        return Claim(Answer.OK, tuple(items))
    upcoming = state.due.first()
    return Claim(Answer.OK, (), upcoming[0] if upcoming else 0)


def _replay(state: State, worker: str, known: Worker) -> tuple[Claimed, ...]:
    items = []
    for invocation_id, fence in known.answered:
        entry = state.entries.get(invocation_id)
        if entry and (entry.worker, entry.fence) == (worker, fence) and entry.status in OWNED:
            items.append(entry.claimed(state.now))
    return tuple(items)


def _claim_queues(state: State, worker: str, request: ClaimRequest) -> list[Claimed]:
    items: list[Claimed] = []
    for queue in request.queues:
        _claim_queue(state, worker, request, queue, items)
    return items


def _claim_queue(state: State, worker: str, request: ClaimRequest, queue: str, items: list[Claimed]) -> None:
    looked = 0
    while not _is_closed(request, items):
        if looked == LOOKED:
            state.hints.wake(queue, state.now)
            return
        first = state.queues[queue].first()
        if first is None or _is_closed(request, items, state.entries[first[1]]):
            return
        state.queues[queue].discard(first[1])
        looked += not _hand(state, worker, request, state.entries[first[1]], items)


def _claim_ids(state: State, worker: str, request: ClaimRequest) -> list[Claimed]:
    items: list[Claimed] = []
    for invocation_id in request.ids:
        entry = state.entries.get(invocation_id)
        if entry is None or entry.call.queue not in request.queues or _is_closed(request, items, entry):
            continue
        if invocation_id in state.queues[entry.call.queue]:
            state.queues[entry.call.queue].discard(invocation_id)
            _hand(state, worker, request, entry, items)
    return items


def _is_closed(request: ClaimRequest, items: list[Claimed], following: Entry | None = None) -> bool:
    """Whether nothing can follow, or not this one: what was lost with a worker before is handed out alone.

    It may be what ended that worker.
    """
    if len(items) >= request.limit:
        return True
    return bool(items) and (items[0].losses > 0 or (following is not None and following.losses > 0))


def _hand(state: State, worker: str, request: ClaimRequest, entry: Entry, items: list[Claimed]) -> bool:
    if not admit(state, entry):
        return False
    items.append(own(state, worker, entry, start=len(items) < request.start))
    return True


def own(state: State, worker: str, entry: Entry, *, start: bool) -> Claimed:
    """Make a worker own an entry that was admitted."""
    entry.fence = max(entry.fence + 1, state.now)
    entry.worker = worker
    state.workers[worker].held.put(entry.invocation_id, entry.fence)
    state.start_by.discard(entry.invocation_id)
    state.move(entry, Status.PENDING)
    if start:
        begin_attempt(state, entry)
    return entry.claimed(state.now)


def begin_attempt(state: State, entry: Entry) -> None:
    """PENDING to RUNNING, counting the attempt."""
    entry.attempt += 1
    entry.started_us = state.now
    state.move(entry, Status.RUNNING)
    first_started(state, entry)


def _pass_on(state: State, request: ClaimRequest) -> None:
    """Put a marker back wherever work is left, if one was taken to get here, also for a worker that may not have it."""
    for name in request.queues if request.woken else ():
        if state.queues[name]:
            state.hints.wake(name, state.now)
