"""The verbs of workers and leaders: leases, recovery, and the registry of definitions."""

from __future__ import annotations

from collections.abc import Container, Sequence

from pynenc._memory.limits import promote_parked, suspend
from pynenc._memory.moves import disown, let_go, settle, settle_cancelled, stop_waiting, take_out
from pynenc._memory.records import Entry, Worker
from pynenc._memory.state import State
from pynenc.core.definitions import code_of
from pynenc.core.records import (
    UNRUN_TTL_SECONDS,
    Answer,
    Declaration,
    DeclaredKind,
    Drained,
    Heartbeat,
    Recovered,
    Standing,
    TaskDefinition,
    WorkerInfo,
)
from pynenc.core.status import Status
from pynenc.orchestrator.base import LossPolicy

RECOVERED_AT_ONCE = 500
DEAD_AT_ONCE = 20


def open_store(state: State, epoch: int) -> Answer:
    """Allow workers to join, unless a later leader has opened the store."""
    if state.is_stale(epoch):
        return Answer.STALE
    state.epoch = epoch
    state.opened_us = state.opened_us or state.now
    return Answer.OK


def standing(state: State) -> Standing:
    """Which store this is, and how far it has come."""
    return Standing(str(state.opened_us or ""), state.sequence)


def publish(state: State, definition: TaskDefinition, epoch: int) -> Answer:
    """Put a definition into the registry, unless a later leader has opened the store."""
    if state.is_stale(epoch):
        return Answer.STALE
    state.definitions[definition.task_id] = definition
    suspend(state, definition.task_id, suspended=bool(definition.suspended))
    return Answer.OK


def withdraw(state: State, task_id: str, epoch: int) -> Answer:
    """Take a definition out of the registry, unless a later leader has opened the store."""
    if state.is_stale(epoch):
        return Answer.STALE
    state.definitions.pop(task_id, None)
    suspend(state, task_id, suspended=False)
    return Answer.OK


def definitions(state: State) -> dict[str, TaskDefinition]:
    """The registry."""
    return dict(state.definitions)


def declare(state: State, declaration: Declaration, epoch: int) -> Answer:
    """Put a trigger or workflow into its registry, or take it out, unless a later leader has opened the store."""
    if state.is_stale(epoch):
        return Answer.STALE
    place = (declaration.kind, declaration.name)
    state.declared.pop(place, None)
    if declaration.text:
        state.declared[place] = declaration.text
    return Answer.OK


def declared(state: State, kind: DeclaredKind) -> dict[str, str]:
    """The registry of a kind."""
    return {name: text for (of_kind, name), text in state.declared.items() if of_kind is kind}


def join(state: State, worker: WorkerInfo, lease_us: int) -> Answer:
    """Make a worker known and give it a lease."""
    if state.epoch is None:
        return Answer.NOTREADY
    if worker.worker in state.workers:
        return Answer.DUPLICATE
    lease_until_us = state.now + lease_us
    state.workers[worker.worker] = Worker(
        host=worker.host,
        pool=worker.pool,
        queues=worker.queues,
        pod_uid=worker.pod_uid,
        drained_until_us=state.draining.get(worker.pod_uid, 0),
        lease_until_us=lease_until_us,
    )
    if code := code_of(worker):
        state.declared[DeclaredKind.CODE, worker.pool] = code
    return Answer.OK


def drain(state: State, pods: Sequence[str], time_us: int, epoch: int) -> Drained:
    """Hand nothing to the workers of some pods for a while, and tell what they hold."""
    if state.is_stale(epoch):
        return Drained(Answer.STALE)
    until_us = state.now + time_us if time_us else 0
    state.draining |= dict.fromkeys(pods, until_us)
    state.draining = {pod: until for pod, until in state.draining.items() if until > state.now}
    held = dict.fromkeys(pods, 0)
    for known in state.workers.values():
        if known.pod_uid and known.pod_uid in held:
            known.drained_until_us = until_us
            held[known.pod_uid] += len(known.held)
    return Drained(Answer.OK, tuple(held[pod] for pod in pods))


def beat(state: State, workers: Sequence[str], lease_us: int) -> list[Heartbeat]:
    """Renew leases and tell what is to be cancelled; LOST for a worker that is not known any more."""
    return [_beat_one(state, state.workers.get(name), lease_us) for name in workers]


def _beat_one(state: State, known: Worker | None, lease_us: int) -> Heartbeat:
    if known is None:
        return Heartbeat(Answer.LOST)
    known.lease_until_us = state.now + lease_us
    return Heartbeat(Answer.OK, tuple(sorted(known.asked)))


def recover(state: State, worker: str, policy: LossPolicy, blamed: Sequence[str] | None) -> list[Recovered]:
    """Forget a worker and give all it holds to others."""
    recovered: list[Recovered] = []
    to_blame = None if blamed is None else frozenset(blamed)
    while worker in state.workers:
        recovered += _recover_worker(state, worker, RECOVERED_AT_ONCE, policy, to_blame)
    return recovered


def sweep(state: State, policy: LossPolicy, limit: int) -> list[Recovered]:
    """Queue what is due, end what should have started, recover what dead workers held, promote what may run.

    Workers are looked at in the order in which their leases ended.
    """
    state.promote_due()
    recovered = _expire_starts(state, limit)
    dead = sorted((known.lease_until_us, name) for name, known in state.workers.items())
    for until_us, name in dead[:DEAD_AT_ONCE]:
        if until_us > state.now or len(recovered) >= limit:
            break
        recovered += _recover_worker(state, name, limit - len(recovered), policy)
    promote_parked(state)
    return recovered


def _expire_starts(state: State, limit: int) -> list[Recovered]:
    late = state.start_by.up_to(state.now, limit)
    for invocation_id in late:
        entry = state.entries[invocation_id]
        take_out(state, entry)
        settle(state, entry, Status.EXPIRED, b"", UNRUN_TTL_SECONDS)
    return [Recovered(invocation_id, Status.EXPIRED) for invocation_id in late]


def _recover_worker(
    state: State, worker: str, limit: int, policy: LossPolicy, blamed: Container[str] | None = None
) -> list[Recovered]:
    held = state.workers[worker].held
    recovered = []
    for invocation_id in list(held)[:limit]:
        entry = state.entries[invocation_id]
        _recover_one(state, entry, policy, to_blame=blamed is None or invocation_id in blamed)
        recovered.append(Recovered(invocation_id, entry.status))
    if not held:
        del state.workers[worker]
        state.hints.drop(worker)
    return recovered


def _recover_one(state: State, entry: Entry, policy: LossPolicy, *, to_blame: bool) -> None:
    stop_waiting(state, entry)
    let_go(state, entry)
    if entry.cancelling:
        entry.worker = ""
        settle_cancelled(state, entry, entry.cancelling)
        return
    counted = to_blame and entry.status is Status.RUNNING and policy.max_losses > 0
    pending = entry.status is Status.PENDING
    state.move(entry, Status.PENDING_RECOVERY if pending else Status.RUNNING_RECOVERY)
    entry.worker = ""
    entry.losses += counted
    if counted and entry.losses >= policy.max_losses:
        settle(state, entry, Status.FAILED, policy.payload, policy.ttl_seconds)
    else:
        disown(state, entry, Status.REROUTED)


def workers(state: State) -> list[WorkerInfo]:
    """All known workers, by id."""
    return [
        WorkerInfo(name, known.host, known.pool, known.lease_until_us, len(known.held), known.queues, known.pod_uid)
        for name, known in sorted(state.workers.items())
    ]
