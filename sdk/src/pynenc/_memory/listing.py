"""What the state backend reads. What each promises is in `pynenc.state_backend.base`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from pynenc._memory.state import State
from pynenc.core.records import Change, InvocationRecord, Query
from pynenc.core.status import FINAL
from pynenc.state_backend.base import LOOKED, changes_of, fits, newest


def records(state: State, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
    """The records of these, None for unknown ones."""
    return [_record(state, name) if name in state.entries else None for name in invocation_ids]


def _record(state: State, invocation_id: str) -> InvocationRecord:
    return state.entries[invocation_id].record(state.due.get(invocation_id))


def query(state: State, asked: Query) -> list[InvocationRecord]:
    """What is in flight and what is listed after its end, as far as it fits, last changed first."""

    def wanted(record: InvocationRecord) -> bool:
        return fits(record, asked)

    found: list[InvocationRecord] = []
    if not asked.statuses or asked.statuses - FINAL:
        found += filter(wanted, (_record(state, name) for name in _in_flight(state)))
    if not asked.statuses or asked.statuses & FINAL:
        found += _last_ended(state, state.ended, wanted, asked.limit)
    return newest(found, asked.limit)


def _in_flight(state: State) -> Iterator[str]:
    """What is ready, delayed, parked or owned."""
    for ranking in (*state.queues.values(), state.due, *state.parked.values()):
        yield from ranking
    for worker in state.workers.values():
        yield from worker.held


def _last_ended(
    state: State, listing: dict[str, None], wanted: Callable[[InvocationRecord], bool], limit: int
) -> list[InvocationRecord]:
    """The last ones of a listing that are wanted, `limit` and all that ended at the same time as the last of those."""
    found: list[InvocationRecord] = []
    for name in islice(reversed(listing), LOOKED):
        record = _record(state, name)
        if len(found) >= limit and record.changed_us < found[-1].changed_us:
            break
        if wanted(record):
            found.append(record)
    return found


def history(state: State, invocation_id: str) -> list[Change]:
    """All changes if they are kept, else those that the record tells."""
    entry = state.entries.get(invocation_id)
    if entry is None:
        return []
    return list(entry.changes) or changes_of(entry.record())


def dead(state: State, limit: int) -> list[InvocationRecord]:
    """Failures that were not requeued, newest first."""
    return newest(_last_ended(state, state.dead, lambda _: True, limit), limit)
