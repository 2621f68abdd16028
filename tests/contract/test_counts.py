"""What is counted: where invocations stand, what failed lately, and since when the oldest of each task waits."""

from __future__ import annotations

from pynenc.core.records import Counts
from pynenc.core.status import Status
from support.stores import POLICY, Store, make_end

S = Status
MINUTE_US = 60_000_000


def fail(store: Store, *names: str, task_id: str = "mail.send", ttl_seconds: int = 86_400) -> None:
    """Have these run and fail."""
    store.enqueue(*names, task_id=task_id)
    items = store.claim("w1", limit=len(names), start=len(names))
    ends = [make_end(item.invocation_id, item.fence, status=S.FAILED, ttl_seconds=ttl_seconds) for item in items]
    store.orchestrator.finish("w1", ends)


def test_nothing_is_counted_in_an_empty_store(store: Store) -> None:
    assert store.orchestrator.counts() == Counts()


def test_failures_of_the_last_hour_are_counted_by_task_and_fall_with_time(store: Store) -> None:
    store.join("w1", lease_seconds=86_400)
    store.clock.advance_us(-store.clock.now_us % (5 * MINUTE_US))  # a span begins
    fail(store, "i1", "i2")
    fail(store, "i3", task_id="mail.read")
    assert store.orchestrator.counts().failed_lately == {"mail.send": 2, "mail.read": 1}
    store.clock.advance_us(30 * MINUTE_US)
    fail(store, "i4")
    assert store.orchestrator.counts().failed_lately == {"mail.send": 3, "mail.read": 1}
    store.clock.advance_us(30 * MINUTE_US - 1)
    assert store.orchestrator.counts().failed_lately == {"mail.send": 3, "mail.read": 1}
    store.clock.advance_us(1)
    assert store.orchestrator.counts().failed_lately == {"mail.send": 1}
    store.clock.advance_us(30 * MINUTE_US)
    counts = store.orchestrator.counts()
    assert (counts.failed_lately, counts.total(S.FAILED)) == ({}, 4)


def test_the_dead_are_those_that_are_kept_and_not_requeued(store: Store) -> None:
    store.join("w1", lease_seconds=86_400)
    fail(store, "i1", "i2")
    fail(store, "short", ttl_seconds=10)
    assert store.orchestrator.counts().dead == 3
    store.orchestrator.requeue("i1", "again")
    assert store.orchestrator.counts().dead == 2
    store.clock.advance(10)
    assert store.orchestrator.counts().dead == 1
    store.orchestrator.sweep(POLICY)
    assert store.orchestrator.counts().dead == 1


def test_the_oldest_of_each_task_is_found_behind_many_of_others(store: Store) -> None:
    store.join("w1")
    begun = store.clock.now_us
    store.enqueue("first", task_id="mail.send", priority=0)
    store.clock.advance(1)
    store.enqueue(*(f"urgent-{number}" for number in range(50)), task_id="mail.urgent", priority=9)
    store.clock.advance(1)
    store.enqueue("second", task_id="mail.send", priority=9)
    store.enqueue("elsewhere", task_id="mail.read", queue="bulk")
    store.enqueue("later", task_id="mail.late", delay_us=MINUTE_US)
    oldest = store.orchestrator.counts().oldest_us
    assert oldest == {"mail.send": begun, "mail.urgent": begun + 1_000_000, "mail.read": begun + 2_000_000}


def test_what_runs_or_is_parked_waits_in_no_queue(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    store.claim("w1")
    assert store.orchestrator.counts().oldest_us == {}


def test_what_many_are_before_in_its_priority_is_not_looked_for(store: Store) -> None:
    store.enqueue(*(f"i{number}" for number in range(60)), task_id="mail.send")
    store.enqueue("behind", task_id="mail.read")
    assert set(store.orchestrator.counts().oldest_us) == {"mail.send"}
