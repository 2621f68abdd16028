"""The verbs of those who wait: invocations for each other, and clients for outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.graph import refusal
from pynenc._memory.handing import own
from pynenc._memory.lifecycle import finish_one
from pynenc._memory.limits import full, take_slots
from pynenc._memory.moves import stop_waiting, unlink
from pynenc._memory.records import Entry
from pynenc._memory.state import LEVEL, State
from pynenc.core.records import Answer, Claimed, Outcome, Settlement, WaitAnswer
from pynenc.core.status import FINAL, Status
from pynenc.errors import InvocationNotFound

BOOST = 256 * LEVEL
"""Puts what somebody waits for before everything else."""


def wait(
    state: State, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str]
) -> WaitAnswer:
    """RUNNING to PAUSED while something is awaited; the checks and the edges are one step."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return WaitAnswer(entry)
    if entry.status is Status.PENDING:
        return WaitAnswer(Answer.BADSTATE)
    refused = refusal(state, invocation_id, awaited)
    if refused:
        return refused
    for name in awaited:
        _link(state, entry, state.entries.get(name))
    status = Status.PAUSED if entry.awaited else Status.RUNNING
    if status is not entry.status:
        state.move(entry, status)
    if status is Status.RUNNING:
        return WaitAnswer(Answer.READY)
    item = _hand_over(state, entry, state.entries.get(awaited[0]), inline) if len(awaited) == 1 else None
    return WaitAnswer(Answer.INLINE, item=item) if item else WaitAnswer(Answer.PAUSED)


def _link(state: State, entry: Entry, other: Entry | None) -> None:
    if other is None or other.status in FINAL:
        return
    entry.awaited.add(other.invocation_id)
    other.parents.add(entry.invocation_id)
    if other.place > 0:
        other.place -= BOOST
    state.queues[other.call.queue].move(other.invocation_id, other.place)
    if other.status is Status.CONCURRENCY_CONTROLLED:
        state.parked[other.parked_under].move(other.invocation_id, other.place)


def _hand_over(state: State, parent: Entry, child: Entry | None, inline: Sequence[str]) -> Claimed | None:
    """The child, owned by its parent's worker, if it may run on the parent's stack, or does so already."""
    if child is None or not inline:
        return None
    handed = child.handed == (parent.invocation_id, child.fence) and child.worker == parent.worker
    if handed and child.status is Status.RUNNING:
        return child.claimed(state.now)
    if not _may_inline(state, child, inline):
        return None
    state.queues[child.call.queue].discard(child.invocation_id)
    take_slots(state, child)
    item = own(state, parent.worker, child, start=True)
    child.handed = (parent.invocation_id, child.fence)
    return item


def _may_inline(state: State, child: Entry, inline: Sequence[str]) -> bool:
    """Whether it is ready in a queue served, allows it, was never lost, is in time, and has room in its limits.

    Nothing of a suspended task may.
    """
    if child.call.task_id in state.suspended:
        return False
    if not child.call.inline or child.losses or child.call.queue not in inline or child.is_late(state.now):
        return False
    return child.invocation_id in state.queues[child.call.queue] and full(state, child) is None


def resume(state: State, worker: str, invocation_id: str, fence: str, force: bool) -> Answer:
    """PAUSED to RUNNING once nothing is awaited any more; by force or to be cancelled also before that."""
    entry = state.owned(worker, invocation_id, fence)
    if isinstance(entry, Answer):
        return entry
    if entry.status is Status.PENDING:
        return Answer.BADSTATE
    if entry.status is Status.PAUSED:
        if entry.awaited and not force and not entry.cancelling:
            return Answer.WAITING
        stop_waiting(state, entry)
        state.move(entry, Status.RUNNING)
    return Answer.CANCELLING if entry.cancelling else Answer.OK


def finish_and_resume(
    state: State, worker: str, settlement: Settlement, invocation_id: str, fence: str
) -> tuple[Answer, Answer]:
    """`finish` what ran inline and `resume` its parent, which is told to go on only if it does not do so here."""
    finished = finish_one(state, worker, settlement, quiet=invocation_id)
    resumed = resume(state, worker, invocation_id, fence, force=False)
    parent = state.entries.get(invocation_id)
    if finished is Answer.OK and resumed not in (Answer.OK, Answer.CANCELLING) and parent is not None:
        unlink(state, parent, settlement.invocation_id)
    return finished, resumed


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
