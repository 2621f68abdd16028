"""The verbs of workers and leaders: leases, recovery, and the registry of definitions."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc._memory.records import Entry, Worker
from pynenc._memory.state import State
from pynenc.core.records import Answer, Counts, Heartbeat, Recovered, TaskDefinition, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import LossPolicy

RECOVERED_AT_ONCE = 500
DEAD_AT_ONCE = 20


def open_store(state: State, epoch: int) -> Answer:
    """Allow workers to join, unless a later leader has opened the store."""
    if _stale(state, epoch):
        return Answer.STALE
    state.epoch = epoch
    return Answer.OK


def _stale(state: State, epoch: int) -> bool:
    return (state.epoch or 0) > epoch


def publish(state: State, definition: TaskDefinition, epoch: int) -> Answer:
    """Put a definition into the registry, unless a later leader has opened the store."""
    if _stale(state, epoch):
        return Answer.STALE
    state.definitions[definition.task_id] = definition
    return Answer.OK


def withdraw(state: State, task_id: str, epoch: int) -> Answer:
    """Take a definition out of the registry, unless a later leader has opened the store."""
    if _stale(state, epoch):
        return Answer.STALE
    state.definitions.pop(task_id, None)
    return Answer.OK


def definitions(state: State) -> dict[str, TaskDefinition]:
    """The registry."""
    return dict(state.definitions)


def join(state: State, worker: WorkerInfo, lease_us: int) -> Answer:
    """Make a worker known and give it a lease."""
    if state.epoch is None:
        return Answer.NOTREADY
    if worker.worker in state.workers:
        return Answer.DUPLICATE
    lease_until_us = state.now + lease_us
    state.workers[worker.worker] = Worker(host=worker.host, pool=worker.pool, lease_until_us=lease_until_us)
    return Answer.OK


def beat(state: State, workers: Sequence[str], lease_us: int) -> list[Heartbeat]:
    """Renew leases; LOST for a worker that is not known any more."""
    answers = []
    for name in workers:
        known = state.workers.get(name)
        if known is not None:
            known.lease_until_us = state.now + lease_us
        answers.append(Heartbeat(Answer.LOST if known is None else Answer.OK))
    return answers


def recover(state: State, worker: str, policy: LossPolicy) -> list[Recovered]:
    """Forget a worker and give all it holds to others."""
    recovered: list[Recovered] = []
    while worker in state.workers:
        recovered += _recover_worker(state, worker, RECOVERED_AT_ONCE, policy)
    return recovered


def sweep(state: State, policy: LossPolicy, limit: int) -> list[Recovered]:
    """Recover invocations of workers whose lease has ended, those longest dead first, and queue what is due."""
    state.promote_due()
    dead = sorted((known.lease_until_us, name) for name, known in state.workers.items())
    recovered: list[Recovered] = []
    for until_us, name in dead[:DEAD_AT_ONCE]:
        if until_us > state.now or len(recovered) >= limit:
            break
        recovered += _recover_worker(state, name, limit - len(recovered), policy)
    return recovered


def _recover_worker(state: State, worker: str, limit: int, policy: LossPolicy) -> list[Recovered]:
    held = state.workers[worker].held
    taken = list(held)[:limit]
    recovered = [_recover_one(state, worker, state.entries[invocation_id], policy) for invocation_id in taken]
    if not held:
        del state.workers[worker]
        state.hints.drop(worker)
    return recovered


def _recover_one(state: State, worker: str, entry: Entry, policy: LossPolicy) -> Recovered:
    state.stop_waiting(entry)
    entry.worker = ""
    was = entry.status
    passing = Status.PENDING_RECOVERY if was is Status.PENDING else Status.RUNNING_RECOVERY
    counted = was is Status.RUNNING and policy.max_losses > 0
    entry.losses += counted
    if counted and entry.losses >= policy.max_losses:
        state.settle(worker, entry, policy.payload, policy.ttl_seconds, passing, Status.FAILED)
    else:
        state.move(entry, passing, Status.REROUTED)
        state.disown(worker, entry)
        state.push_ready(entry)
    return Recovered(entry.invocation_id, entry.status)


def counts(state: State) -> Counts:
    """Invocations per task and status."""
    by_task: dict[str, dict[Status, int]] = {}
    for (task_id, status), number in state.counts.items():
        if number:
            by_task.setdefault(task_id, {})[status] = number
    return Counts(by_task)


def workers(state: State) -> list[WorkerInfo]:
    """All known workers, by id."""
    return [
        WorkerInfo(name, known.host, known.pool, known.lease_until_us, len(known.held))
        for name, known in sorted(state.workers.items())
    ]
