"""A broker of one's own in front of each store: the store's records are the truth, whatever the broker does."""

from __future__ import annotations

import pytest

from pynenc.core.records import Answer, Limit, WorkerInfo
from pynenc.core.status import Status
from support.guide_extending import CustomBroker
from support.stores import LEASE_SECONDS, POLICY, Store, make_end, make_new, make_request


@pytest.fixture
def composed(store: Store) -> Store:
    """A store whose order of work is that of a list, last in, first out; with the worker w1."""
    store.app.conf.broker_cls = "support.guide_extending.CustomBroker"
    store.join("w1")
    return store


def broker_of(store: Store) -> CustomBroker:
    """The broker of one's own."""
    assert isinstance(store.broker, CustomBroker)
    return store.broker


def names_claimed(store: Store, limit: int = 9) -> list[str]:
    """What a claim hands out."""
    return [item.invocation_id for item in store.claim("w1", limit=limit, start=limit)]


def test_work_goes_in_the_order_of_the_broker(composed: Store) -> None:
    composed.enqueue("i1", "i2", "i3")
    assert names_claimed(composed) == ["i3", "i2", "i1"]


def test_batches_go_in_the_order_of_the_broker(composed: Store) -> None:
    list(composed.orchestrator.enqueue_each([[make_new("i1"), make_new("i2")], [make_new("i3")]]))
    assert names_claimed(composed) == ["i3", "i2", "i1"]


def test_what_the_broker_hands_out_twice_runs_once(composed: Store) -> None:
    composed.enqueue("i1")
    composed.enqueue("i1")
    assert names_claimed(composed) == ["i1"]
    assert names_claimed(composed) == []


def test_what_the_broker_has_lost_is_routed_again(composed: Store) -> None:
    broker_of(composed).lose = True
    composed.enqueue("i1")
    assert names_claimed(composed) == []
    broker_of(composed).lose = False
    composed.orchestrator.sweep(POLICY)
    assert names_claimed(composed) == ["i1"]


@pytest.mark.parametrize("step", ["retry", "release", "recover", "requeue"])
def test_what_is_to_run_again_is_routed(composed: Store, step: str) -> None:
    composed.enqueue("i1")
    (item,) = composed.claim("w1")
    if step == "retry":
        composed.orchestrator.retry("w1", "i1", item.fence, 0.0)
    elif step == "release":
        composed.orchestrator.release("w1", "i1", item.fence)
    elif step == "recover":
        composed.orchestrator.recover("w1", POLICY)
        composed.join("w1")
    else:
        composed.orchestrator.finish("w1", [make_end("i1", item.fence)])
        assert composed.orchestrator.requeue("i1", "i2") is Answer.OK
    assert names_claimed(composed) == (["i2"] if step == "requeue" else ["i1"])


def test_what_was_parked_is_routed_once_it_may_run(composed: Store) -> None:
    composed.enqueue("i1", "i2", limits=(Limit("mail.send", "a" * 24),))
    (item,) = composed.claim("w1", limit=2, start=2)
    assert (item.invocation_id, composed.status("i1")) == ("i2", Status.CONCURRENCY_CONTROLLED)
    composed.orchestrator.finish("w1", [make_end("i2", item.fence)])
    composed.orchestrator.sweep(POLICY)
    assert names_claimed(composed) == ["i1"]


def test_what_came_due_is_routed_by_a_sweep(composed: Store) -> None:
    composed.enqueue("i1", delay_us=2_000_000)
    assert names_claimed(composed) == []
    composed.clock.advance(2)
    composed.orchestrator.sweep(POLICY)
    assert names_claimed(composed) == ["i1"]


def test_what_a_drained_worker_may_not_have_is_routed_again(composed: Store) -> None:
    composed.orchestrator.join(WorkerInfo("w2", pod_uid="p2"), LEASE_SECONDS)
    composed.enqueue("i1")
    composed.orchestrator.drain(["p2"], 60)
    assert composed.orchestrator.claim("w2", make_request()).answer is Answer.DRAINING
    assert names_claimed(composed) == ["i1"]
