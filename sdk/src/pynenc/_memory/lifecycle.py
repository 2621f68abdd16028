"""The verbs from enqueue to the end of an invocation. What each promises is in `pynenc.orchestrator.base`."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.records import Entry, Worker
from pynenc._memory.state import LEVEL, State
from pynenc.core.records import Answer, Claim, Claimed, Enqueued, NewInvocation, Settlement
from pynenc.core.status import OWNED, Status
from pynenc.orchestrator.base import ClaimRequest

SETTLED = (Status.SUCCESS, Status.FAILED)
"""The final statuses that an owner may give."""


def enqueue(state: State, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
    """Store and queue invocations; a known id is left alone."""
    return [Enqueued(_enqueue_one(state, new), new.invocation_id) for new in invocations]


def _enqueue_one(state: State, new: NewInvocation) -> Answer:
    if new.invocation_id in state.entries:
        return Answer.DUPLICATE
    state.sequence += 1
    entry = state.entries[new.invocation_id] = Entry(
        invocation_id=new.invocation_id,
        task_id=new.task_id,
        arguments=new.arguments,
        queue=new.queue,
        priority=new.priority,
        parent_id=new.parent_id,
        place=(9 - new.priority) * LEVEL + state.sequence,
        registered_us=state.now,
        changed_us=state.now,
    )
    state.counts[entry.task_id, entry.status] += 1
    if new.due_us > state.now:
        state.due.put(entry.invocation_id, new.due_us)
    else:
        state.push_ready(entry)
    return Answer.OK


def claim(state: State, worker: str, request: ClaimRequest) -> Claim:
    """Pop, own and fence; the same request gets what is still owned of the same items."""
    known = state.workers.get(worker)
    if known is None:
        _pass_on(state, request)
        return Claim(Answer.LOST)
    if known.request == request.request:
        return Claim(Answer.OK, _replay(state, worker, known))
    state.promote_due()
    items = _claim_from(state, worker, known, request)
    _pass_on(state, request)
    known.request = request.request
    known.answered = [(item.invocation_id, int(item.fence)) for item in items]
    upcoming = None if items else state.due.first()
    return Claim(Answer.OK, tuple(items), upcoming[0] if upcoming else 0)


def _replay(state: State, worker: str, known: Worker) -> tuple[Claimed, ...]:
    items = []
    for invocation_id, fence in known.answered:
        entry = state.entries.get(invocation_id)
        if entry and (entry.worker, entry.fence) == (worker, fence) and entry.status in OWNED:
            items.append(entry.claimed())
    return tuple(items)


def _claim_from(state: State, worker: str, known: Worker, request: ClaimRequest) -> list[Claimed]:
    """What was lost with a worker before is handed out alone, since it may be what ended that worker."""
    items: list[Claimed] = []
    for name in request.queues:
        queue = state.queues[name]
        while len(items) < request.limit and (invocation_id := queue.pop()) is not None:
            entry = state.entries[invocation_id]
            if entry.losses and items:
                queue.put(invocation_id, entry.place)
                break
            items.append(_take(state, worker, known, entry, start=len(items) < request.start))
            if entry.losses:
                return items
    return items


def _pass_on(state: State, request: ClaimRequest) -> None:
    """Put a marker back wherever work is left, if one was taken to get here, also for a worker that may not have it."""
    for name in request.queues if request.woken else ():
        if state.queues[name]:
            state.hints.wake(name)


def _take(state: State, worker: str, known: Worker, entry: Entry, *, start: bool) -> Claimed:
    entry.fence = max(entry.fence + 1, state.now)
    entry.worker = worker
    known.held.put(entry.invocation_id, entry.fence)
    if start:
        state.move(entry, Status.PENDING, Status.RUNNING)
        entry.attempt += 1
        entry.started_us = state.now
    else:
        state.move(entry, Status.PENDING)
    return entry.claimed()


def start(state: State, worker: str, invocation_id: str, fence: str) -> Answer:
    """PENDING to RUNNING, counting the attempt once."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is Status.RUNNING:
        return Answer.OK
    if entry.status is not Status.PENDING:
        return Answer.BADSTATE
    state.move(entry, Status.RUNNING)
    entry.attempt += 1
    entry.started_us = state.now
    return Answer.OK


def finish(state: State, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
    """End invocations, one after the other."""
    return [_finish_one(state, worker, end) for end in settlements]


def _finish_one(state: State, worker: str, end: Settlement) -> Answer:
    entry = state.owned(worker, end.invocation_id, end.fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is not Status.RUNNING or end.status not in SETTLED:
        return Answer.BADSTATE
    state.settle(worker, entry, end.payload, end.ttl_seconds, end.status)
    return Answer.OK


def finish_and_claim(
    state: State, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
) -> tuple[list[Answer], Claim]:
    """`finish`, then `claim`."""
    return finish(state, worker, settlements), claim(state, worker, request)


def retry(state: State, worker: str, invocation_id: str, fence: str, delay_us: int) -> Answer:
    """RUNNING to RETRY, counted, disowned and due in one step."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is not Status.RUNNING:
        return Answer.BADSTATE
    entry.retries += 1
    state.move(entry, Status.RETRY)
    state.disown(worker, entry)
    if delay_us > 0:
        state.due.put(invocation_id, state.now + delay_us)
    else:
        state.push_ready(entry)
    return Answer.OK


def release(state: State, worker: str, invocation_id: str, fence: str) -> Answer:
    """Give an owned invocation back; no loss and no retry is counted."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    state.stop_waiting(entry)
    passing = () if entry.status is Status.PENDING else (Status.KILLED,)
    state.move(entry, *passing, Status.REROUTED)
    state.disown(worker, entry)
    state.push_ready(entry)
    return Answer.OK
