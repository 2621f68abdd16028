"""Workers that come, beat, die and stop, on every store."""

from __future__ import annotations

from pynenc.core.records import Answer, Heartbeat, Recovered, Standing, WorkerInfo
from pynenc.core.status import Status
from support.stores import LEASE_SECONDS, POLICY, Store, make_end, make_request


def test_workers_are_listed_by_id_with_what_they_hold(store: Store) -> None:
    store.orchestrator.open()
    store.orchestrator.join(WorkerInfo("w2", host="pod-2", pool="mails", queues=("mails", "bulk")), 20.0)
    store.orchestrator.join(WorkerInfo("w1", host="pod-1", pod_uid="uid-1"), 30.0)
    store.run("w2", "i1", "i2")
    now = store.clock.now_us
    assert store.orchestrator.workers() == [
        WorkerInfo("w1", "pod-1", "", now + 30_000_000, 0, pod_uid="uid-1"),
        WorkerInfo("w2", "pod-2", "mails", now + 20_000_000, 2, ("mails", "bulk")),
    ]


def test_a_swept_worker_is_lost_and_its_steps_are_refused(store: Store) -> None:
    store.join("w1", "w2")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.recover("w1", POLICY)
    assert store.orchestrator.beat(["w1"], LEASE_SECONDS) == [Heartbeat(Answer.LOST)]
    assert store.orchestrator.claim("w1", make_request()).answer is Answer.LOST
    assert store.orchestrator.finish("w1", [make_end("i1", fence)]) == [Answer.FENCED]
    (item,) = store.claim("w2")
    assert (item.invocation_id, item.attempt, item.losses) == ("i1", 2, 1)


def test_a_sweep_takes_no_more_than_its_limit_and_goes_on_next_time(store: Store) -> None:
    store.join("w1")
    store.run("w1", "i1", "i2", "i3")
    store.clock.advance(LEASE_SECONDS)
    assert [found.invocation_id for found in store.orchestrator.sweep(POLICY, limit=2)] == ["i1", "i2"]
    assert [info.held for info in store.orchestrator.workers()] == [1]
    assert [found.invocation_id for found in store.orchestrator.sweep(POLICY, limit=2)] == ["i3"]
    assert store.orchestrator.workers() == []


def test_a_sweep_queues_what_is_due(store: Store) -> None:
    store.enqueue("i1", due_us=store.clock.now_us + 1)
    store.clock.advance_us(1)
    store.orchestrator.sweep(POLICY)
    assert store.broker.sizes(["default"]) == {"default": 1}


def test_recovery_takes_everything_however_much_it_is(store: Store) -> None:
    store.join("w1")
    names = [f"i{number:04}" for number in range(1100)]
    for first in range(0, len(names), 500):
        store.enqueue(*names[first : first + 500])
    store.claim("w1", limit=len(names), start=0)
    recovered = store.orchestrator.recover("w1", POLICY)
    assert sorted(found.invocation_id for found in recovered) == names
    assert store.orchestrator.workers() == []


def test_losses_are_used_up_and_end_in_failure(store: Store) -> None:
    store.enqueue("i1")
    for loss in range(1, 4):
        store.join("w1")
        assert store.claim("w1")[0].losses == loss - 1
        (found,) = store.orchestrator.recover("w1", POLICY)
        assert found == Recovered("i1", Status.FAILED if loss == POLICY.max_losses else Status.REROUTED)
    record = store.record("i1")
    assert (record.payload, record.losses, record.attempt, record.worker) == (b"lost", 3, 3, "")
    store.clock.advance(POLICY.ttl_seconds)
    assert store.state_backend.records(["i1"]) == [None]


def test_a_drain_ends_by_itself(store: Store) -> None:
    store.orchestrator.open()
    store.orchestrator.join(WorkerInfo("w1", pod_uid="p1"), 60.0)
    store.enqueue("i1")
    store.orchestrator.drain(["p1"], 10)
    assert store.orchestrator.claim("w1", make_request()).answer is Answer.DRAINING
    store.clock.advance(10)
    store.orchestrator.join(WorkerInfo("w2", pod_uid="p1"), 60.0)
    assert len(store.claim("w1")) == 1
    store.orchestrator.drain(["p9"], 10)
    assert store.orchestrator.claim("w2", make_request()).answer is Answer.OK


def test_a_claim_whose_answer_was_lost_in_a_drain_is_answered_again(store: Store) -> None:
    store.orchestrator.open()
    store.orchestrator.join(WorkerInfo("w1", pod_uid="p1"), 60.0)
    store.enqueue("i1")
    request = make_request()
    first = store.orchestrator.claim("w1", request)
    assert store.orchestrator.drain(["p1"], 10).held == (1,)
    assert store.orchestrator.claim("w1", request).items == first.items


def test_a_store_says_which_one_it_is_and_how_far_it_has_come(store: Store) -> None:
    assert store.orchestrator.standing() == Standing()
    store.orchestrator.open()
    opened = store.orchestrator.standing()
    assert (bool(opened.store_id), opened.sequence) == (True, 0)
    store.enqueue("i1", "i2")
    store.clock.advance(1)
    store.orchestrator.open(epoch=3)
    assert store.orchestrator.standing() == Standing(opened.store_id, 2)
