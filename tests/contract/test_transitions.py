"""Every verb on an invocation in every status: what changes is in one table, and the table of statuses allows it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from pynenc._memory.shared import store_of
from pynenc._memory.state import State
from pynenc._redis.keys import Keys
from pynenc._redis.shared import library_of
from pynenc.core.records import WorkerInfo
from pynenc.core.status import FINAL, OWNED, QUEUED, Status
from pynenc.orchestrator.base import LossPolicy
from support.stores import LEASE_SECONDS, POLICY, Store, make_end, make_new, make_request
from support.walk.invariants import reachable

S = Status
Verb = Callable[[Store, str, str, str], object]
"""Called with the store, the owner, the invocation, and the fence; the queue has the name of the owner."""

WAITING_STARTS = dict.fromkeys(QUEUED, S.RUNNING)
LAST_LOSS = LossPolicy(max_losses=1, payload=b"lost", ttl_seconds=60)


def _finish(status: Status) -> Verb:
    return lambda store, worker, name, fence: store.orchestrator.finish(worker, [make_end(name, fence, status)])


def _recover(policy: LossPolicy) -> Verb:
    return lambda store, worker, _name, _fence: store.orchestrator.recover(worker, policy)


def _sweep(policy: LossPolicy) -> Verb:
    def verb(store: Store, _worker: str, _name: str, _fence: str) -> object:
        store.clock.advance(LEASE_SECONDS)
        return store.orchestrator.sweep(policy)

    return verb


def _claim(start: int) -> Verb:
    return lambda store, worker, _name, _fence: store.claim(worker, queues=(worker,), start=start)


VERBS: dict[str, tuple[Verb, dict[Status, Status]]] = {
    "enqueue again": (lambda store, worker, name, _: store.enqueue(name, queue=worker), {}),
    "claim": (_claim(1), WAITING_STARTS),
    "claim without a start": (_claim(0), dict.fromkeys(QUEUED, S.PENDING)),
    "start": (lambda store, *owner: store.orchestrator.start(*owner), {S.PENDING: S.RUNNING}),
    "finish with success": (_finish(S.SUCCESS), {S.RUNNING: S.SUCCESS}),
    "finish with failure": (_finish(S.FAILED), {S.RUNNING: S.FAILED}),
    **{f"finish with {status}": (_finish(status), {}) for status in Status if status not in {S.SUCCESS, S.FAILED}},
    "retry": (lambda store, *owner: store.orchestrator.retry(*owner, 0.0), {S.RUNNING: S.RETRY}),
    "retry later": (lambda store, *owner: store.orchestrator.retry(*owner, 5.0), {S.RUNNING: S.RETRY}),
    "release": (lambda store, *owner: store.orchestrator.release(*owner), dict.fromkeys(OWNED, S.REROUTED)),
    "wait for what runs": (lambda store, *owner: store.orchestrator.wait(*owner, ["child"]), {S.RUNNING: S.PAUSED}),
    "wait for what has ended": (lambda store, *owner: store.orchestrator.wait(*owner, ["done"]), {S.PAUSED: S.RUNNING}),
    "resume": (lambda store, *owner: store.orchestrator.resume(*owner), {S.PAUSED: S.RUNNING}),
    "resume by force": (lambda store, *owner: store.orchestrator.resume(*owner, force=True), {S.PAUSED: S.RUNNING}),
    "watch": (lambda store, _worker, name, _: store.orchestrator.watch("client", [name]), {}),
    "recover": (_recover(POLICY), dict.fromkeys(OWNED, S.REROUTED)),
    "recover at the last loss": (
        _recover(LAST_LOSS),
        {S.PENDING: S.REROUTED, S.RUNNING: S.FAILED, S.PAUSED: S.REROUTED},
    ),
    "sweep": (_sweep(POLICY), dict.fromkeys(OWNED, S.REROUTED)),
    "sweep at the last loss": (_sweep(LAST_LOSS), {S.PENDING: S.REROUTED, S.RUNNING: S.FAILED, S.PAUSED: S.REROUTED}),
}
_numbers = count()


def owned_by_new_worker(store: Store) -> tuple[str, str, str]:
    """An invocation that runs: its owner, its id and its fence; the queue has the name of the owner."""
    worker, name = f"w{next(_numbers)}", f"i{next(_numbers)}"
    store.orchestrator.join(WorkerInfo(worker), LEASE_SECONDS)
    store.orchestrator.enqueue([make_new(name, queue=worker)])
    (item,) = store.claim(worker, queues=(worker,))
    return worker, name, item.fence


def force(store: Store, worker: str, name: str, fence: str, status: Status) -> None:
    """Put an invocation that runs into `status`, behind the back of the store, and where that status belongs."""
    if status in QUEUED:
        store.orchestrator.release(worker, name, fence)
    if store.app.conf.redis_url:
        library, keys = library_of(store.app), Keys.of_app(store.app.app_id)
        library.client.hset(keys.invocation(name), "st", status.value)
        if status in FINAL:
            library.client.hset(keys.invocation(name), "res", b"")
        if status not in OWNED:
            library.client.zrem(f"{keys.prefix}:held:{worker}", name)
        return

    def change(state: State) -> None:
        state.entries[name].status = status
        if status not in OWNED:
            state.workers[worker].held.discard(name)

    store_of(store.app).run(change)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_takes_only_its_steps(store: Store, verb: str) -> None:
    act, changes = VERBS[verb]
    store.join("helper", lease_seconds=10_000)
    store.run("helper", "child")
    store.orchestrator.finish("helper", [make_end("done", store.run("helper", "done")["done"], ttl_seconds=9000)])
    for status in Status:
        worker, name, fence = owned_by_new_worker(store)
        force(store, worker, name, fence, status)
        act(store, worker, name, fence)
        assert store.status(name) is changes.get(status, status), f"from {status}"


@pytest.mark.parametrize("verb", VERBS)
def test_the_table_of_statuses_allows_what_a_verb_does(verb: str) -> None:
    illegal = {(before, after) for before, after in VERBS[verb][1].items() if not reachable(before, after)}
    assert not illegal


def test_what_is_claimed_under_a_known_request_keeps_its_status(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    request = make_request(start=0)
    store.orchestrator.claim("w1", request)
    store.orchestrator.claim("w1", request)
    assert store.status("i1") is S.PENDING
