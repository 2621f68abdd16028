"""The verbs from enqueue to the end of an invocation. What each promises is in `pynenc.orchestrator.base`."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.handing import begin_attempt, claim
from pynenc._memory.moves import disown, settle, settle_cancelled, stop_waiting
from pynenc._memory.records import Entry
from pynenc._memory.state import State
from pynenc.core.records import Answer, Claim, Enqueued, NewInvocation, Settlement
from pynenc.core.status import Status
from pynenc.orchestrator.base import ClaimRequest

SETTLED = (Status.SUCCESS, Status.FAILED)
"""The final statuses that an owner may give by itself."""


def enqueue(state: State, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
    """Store and queue invocations; a known id is left alone."""
    return [_enqueue_one(state, new) for new in invocations]


def _enqueue_one(state: State, new: NewInvocation) -> Enqueued:
    if new.invocation_id in state.entries:
        return Enqueued(Answer.DUPLICATE, new.invocation_id)
    if new.registration_key:
        holder = state.registered.get(new.registration_key)
        if holder is not None:
            differs = new.refuse_different and state.entries[holder].call.arguments != new.arguments
            return Enqueued(Answer.DIFFERENT if differs else Answer.REUSED, holder)
        state.registered[new.registration_key] = new.invocation_id
    state.insert(new, max(new.due_us, state.now + new.delay_us))
    return Enqueued(Answer.OK, new.invocation_id)


def start(state: State, worker: str, invocation_id: str, fence: str) -> Answer:
    """PENDING to RUNNING, counting the attempt once."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is Status.RUNNING:
        return Answer.OK
    if entry.status is not Status.PENDING:
        return Answer.BADSTATE
    begin_attempt(state, entry)
    return Answer.OK


def finish(state: State, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
    """End invocations, one after the other."""
    return [finish_one(state, worker, end) for end in settlements]


def finish_one(state: State, worker: str, end: Settlement, quiet: str = "") -> Answer:
    """End one; its parent `quiet` is not told."""
    entry = state.owned(worker, end.invocation_id, end.fence)
    if isinstance(entry, Answer):
        return entry
    if not _may_end(entry, end.status):
        return Answer.BADSTATE
    stop_waiting(state, entry)
    settle(state, entry, end.status, end.payload, end.ttl_seconds, quiet)
    return Answer.OK


def _may_end(entry: Entry, status: Status) -> bool:
    """CANCELLED confirms what was asked for, wherever it stands; the other ends are for what runs."""
    if status is Status.CANCELLED:
        return entry.cancelling is not None
    return entry.status is Status.RUNNING and status in SETTLED


def finish_and_claim(
    state: State, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
) -> tuple[list[Answer], Claim]:
    """`finish`, then `claim`."""
    return finish(state, worker, settlements), claim(state, worker, request)


def retry(state: State, worker: str, invocation_id: str, fence: str, delay_us: int) -> Answer:
    """RUNNING to RETRY, counted, disowned and due in one step; what is to be cancelled ends so."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is not Status.RUNNING:
        return Answer.BADSTATE
    if entry.cancelling:
        settle_cancelled(state, entry, entry.cancelling)
        return Answer.OK
    entry.retries += 1
    disown(state, entry, Status.RETRY, delay_us)
    return Answer.OK


def release(state: State, worker: str, invocation_id: str, fence: str, unstarted: bool) -> Answer:
    """Give an owned invocation back, no loss and no retry counted; what is to be cancelled ends so."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    stop_waiting(state, entry)
    if entry.cancelling:
        settle_cancelled(state, entry, entry.cancelling)
        return Answer.OK
    counted_in_vain = unstarted and entry.status is Status.RUNNING and not entry.call.registration_key
    if entry.status is not Status.PENDING:
        state.move(entry, Status.KILLED)
    entry.attempt -= counted_in_vain
    disown(state, entry, Status.REROUTED)
    return Answer.OK
