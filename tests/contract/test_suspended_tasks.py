"""Tasks that are suspended: their invocations are parked, not lost, and go on at once when that is over."""

from __future__ import annotations

import pytest

from pynenc.core.records import Answer, Limit, TaskDefinition
from pynenc.core.status import Status
from support.stores import POLICY, Store, make_end

S = Status
MANY = 120
"""More than one step of the library promotes, and than one claim parks."""
ONE = (Limit("mail.send", "a" * 24),)


def suspend(store: Store, task_id: str = "mail.send", *, suspended: bool = True) -> None:
    """Say so in the registry."""
    definition = TaskDefinition(task_id, suspended=suspended or None)
    assert store.orchestrator.publish(definition) is Answer.OK


def claimed(store: Store, worker: str = "w1", limit: int = 500) -> list[str]:
    """What a claim hands out."""
    return [item.invocation_id for item in store.claim(worker, limit=limit, start=limit)]


def test_what_is_of_a_suspended_task_is_parked_and_other_work_runs(store: Store) -> None:
    store.join("w1")
    suspend(store)
    store.enqueue("i1", "i2", task_id="mail.send")
    store.enqueue("other", task_id="mail.read")
    assert claimed(store) == ["other"]
    assert [store.status(name) for name in ("i1", "i2")] == [S.CONCURRENCY_CONTROLLED] * 2
    assert store.broker.sizes(["default"]) == {"default": 0}
    assert store.orchestrator.sweep(POLICY) == []
    assert claimed(store) == []


def test_it_goes_on_at_once_and_in_order_when_that_is_over(store: Store) -> None:
    store.join("w1")
    suspend(store)
    names = [f"i{number}" for number in range(MANY)]
    store.enqueue(*names, task_id="mail.send")
    while store.broker.sizes(["default"])["default"]:
        assert claimed(store) == []
    store.broker.listen("w1", ("default",), 0.0)
    suspend(store, suspended=False)
    assert store.broker.listen("w1", ("default",), 0.0).work
    assert claimed(store) == names


def test_withdrawing_the_task_ends_its_suspension(store: Store) -> None:
    store.join("w1")
    suspend(store)
    store.enqueue("i1", task_id="mail.send")
    assert claimed(store) == []
    assert store.orchestrator.withdraw("mail.send") is Answer.OK
    assert claimed(store) == ["i1"]


def test_workers_hear_of_it_that_joined_before_and_after(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3", task_id="mail.send")
    suspend(store)
    suspend(store, "mail.read")
    store.join("w2")
    assert claimed(store, "w1", limit=1) == claimed(store, "w2", limit=1) == []
    suspend(store, "mail.read", suspended=False)
    assert claimed(store, "w2") == []
    suspend(store, suspended=False)
    assert claimed(store, "w2") == ["i1", "i2", "i3"]


def test_what_is_owned_goes_on_and_its_retry_waits(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", task_id="mail.send")
    first, second = store.claim("w1", limit=2, start=2)
    suspend(store)
    assert store.orchestrator.finish("w1", [make_end("i1", first.fence)]) == [Answer.OK]
    assert store.orchestrator.retry("w1", "i2", second.fence, 0.0) is Answer.OK
    assert claimed(store) == []
    suspend(store, suspended=False)
    assert claimed(store) == ["i2"]


@pytest.mark.parametrize("drop", [False, True], ids=["wait", "drop"])
def test_it_holds_no_place_of_a_limit_and_is_not_dropped(store: Store, drop: bool) -> None:
    store.join("w1")
    suspend(store)
    store.enqueue("i1", task_id="mail.send", limits=ONE, drop=drop)
    assert claimed(store) == []
    store.enqueue("other", task_id="mail.read", limits=ONE)
    assert claimed(store) == ["other"]
    suspend(store, suspended=False)
    assert store.status("i1") is S.REROUTED


def test_what_was_promoted_for_a_place_passes_it_on(store: Store) -> None:
    store.join("w1")
    store.enqueue("holder", task_id="mail.read", limits=ONE)
    (holder,) = store.claim("w1")
    store.enqueue("i1", task_id="mail.send", limits=ONE)
    store.enqueue("other", task_id="mail.read", limits=ONE)
    assert claimed(store) == []
    suspend(store)
    store.orchestrator.finish("w1", [make_end("holder", holder.fence)])
    assert claimed(store) == ["other"]
    assert store.status("i1") is S.CONCURRENCY_CONTROLLED


def test_who_waits_for_it_does_not_run_it_on_its_own_stack(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "parent")["parent"]
    suspend(store)
    store.enqueue("i1", task_id="mail.send")
    assert store.orchestrator.wait("w1", "parent", fence, ["i1"], ["default"]).answer is Answer.PAUSED
    assert claimed(store) == []
    suspend(store, suspended=False)
    assert claimed(store) == ["i1"]


def test_an_older_leader_ends_no_suspension(store: Store) -> None:
    store.join("w1")
    suspend(store)
    store.orchestrator.open(epoch=2)
    assert store.orchestrator.publish(TaskDefinition("mail.send"), epoch=1) is Answer.STALE
    assert store.orchestrator.withdraw("mail.send", epoch=1) is Answer.STALE
    store.enqueue("i1", task_id="mail.send")
    assert claimed(store) == []


def test_it_can_be_cancelled_and_forgotten(store: Store) -> None:
    store.join("w1")
    suspend(store)
    store.enqueue("i1", "i2", task_id="mail.send")
    assert claimed(store) == []
    assert store.orchestrator.cancel("i1", b"stop", 60) is Answer.OK
    assert store.orchestrator.forget(["i2"]) == 1
    suspend(store, suspended=False)
    assert claimed(store) == []
