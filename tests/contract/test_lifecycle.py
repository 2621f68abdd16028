"""From enqueue to the end of an invocation, on every store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pynenc.core.records import Answer, Enqueued, InvocationRecord, Settlement
from pynenc.core.status import Status
from support.stores import Store, make_end, make_new, make_request

OWNER_STEPS = {
    "start": lambda store, *owner: store.orchestrator.start(*owner),
    "finish": lambda store, worker, name, fence: store.orchestrator.finish(worker, [make_end(name, fence)])[0],
    "retry": lambda store, *owner: store.orchestrator.retry(*owner, 1.0),
    "release": lambda store, *owner: store.orchestrator.release(*owner),
    "wait": lambda store, *owner: store.orchestrator.wait(*owner, []).answer,
    "resume": lambda store, *owner: store.orchestrator.resume(*owner),
}


def test_a_new_invocation_is_kept_as_it_was_given(store: Store) -> None:
    new = make_new("i1", arguments=b"\x00\xff", queue="mails", priority=3, parent_id="i0")
    assert store.orchestrator.enqueue([new]) == [Enqueued(Answer.OK, new.invocation_id)]
    assert store.record("i1") == InvocationRecord(
        invocation_id="i1",
        task_id="mail.send",
        status=Status.REGISTERED,
        queue="mails",
        priority=3,
        arguments=b"\x00\xff",
        payload=b"",
        attempt=0,
        retries=0,
        losses=0,
        fence="",
        worker="",
        parent_id="i0",
        registered_us=store.clock.now_us,
        started_us=0,
        changed_us=store.clock.now_us,
    )


def test_a_known_id_is_left_alone(store: Store) -> None:
    store.enqueue("i1")
    answers = store.orchestrator.enqueue([make_new("i1", task_id="other.task"), make_new("i2"), make_new("i2")])
    assert [one.answer for one in answers] == [Answer.DUPLICATE, Answer.OK, Answer.DUPLICATE]
    assert store.record("i1").task_id == "mail.send"
    assert store.broker.sizes(["default", "empty"]) == {"default": 2, "empty": 0}


def test_nothing_to_enqueue_is_no_error(store: Store) -> None:
    assert store.orchestrator.enqueue([]) == []


def test_higher_priority_comes_first_and_then_the_older_one(store: Store) -> None:
    store.join("w1")
    for name, priority in (("low", 0), ("high", 9), ("middle", 5), ("high-too", 9), ("low-too", 0)):
        store.enqueue(name, priority=priority)
    names = [item.invocation_id for item in store.claim("w1", limit=9)]
    assert names == ["high", "high-too", "middle", "low", "low-too"]


def test_queues_are_looked_at_in_the_order_given(store: Store) -> None:
    store.join("w1")
    store.enqueue("slow", queue="slow", priority=9)
    store.enqueue("fast", queue="fast")
    store.enqueue("elsewhere", queue="elsewhere")
    assert [item.invocation_id for item in store.claim("w1", 5, queues=("fast", "slow"))] == ["fast", "slow"]


def test_a_claim_starts_as_many_as_it_is_told_to(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2", "i3", arguments=b"[1]", parent_id="i0")
    first, second = store.claim("w1", limit=2, start=1)
    assert (first.started, first.attempt, store.status("i1")) == (True, 1, Status.RUNNING)
    assert (second.started, second.attempt, store.status("i2")) == (False, 0, Status.PENDING)
    assert (second.task_id, second.arguments, second.parent_id) == ("mail.send", b"[1]", "i0")
    assert store.status("i3") is Status.REGISTERED


def test_a_repeated_claim_gets_the_same_and_counts_no_attempt(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2")
    request = make_request(limit=1)
    first = store.orchestrator.claim("w1", request)
    assert store.orchestrator.claim("w1", request) == first
    assert store.record("i1").attempt == 1
    assert store.status("i2") is Status.REGISTERED


def test_a_repeated_claim_leaves_out_what_is_not_owned_any_more(store: Store) -> None:
    store.join("w1", "w2")
    store.enqueue("i1", "i2")
    request = make_request(limit=2)
    first = store.orchestrator.claim("w1", request).items
    store.orchestrator.release("w1", "i1", first[0].fence)
    assert store.claim("w2")[0].invocation_id == "i1"
    assert [item.invocation_id for item in store.orchestrator.claim("w1", request).items] == ["i2"]


def test_only_a_worker_that_joined_may_claim(store: Store) -> None:
    store.enqueue("i1")
    assert store.orchestrator.claim("stranger", make_request()).answer is Answer.LOST
    assert store.status("i1") is Status.REGISTERED


def test_an_empty_claim_says_when_the_next_one_is_due(store: Store) -> None:
    store.join("w1")
    due_us = store.clock.now_us + 5_000_000
    store.enqueue("i1", due_us=due_us)
    claim = store.orchestrator.claim("w1", make_request())
    assert (claim.answer, claim.items, claim.next_due_us) == (Answer.OK, (), due_us)


def test_a_delayed_invocation_is_ready_exactly_when_due(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", due_us=store.clock.now_us + 1_000_000)
    store.clock.advance_us(999_999)
    assert store.claim("w1") == []
    store.clock.advance_us(1)
    assert [item.invocation_id for item in store.claim("w1")] == ["i1"]


def test_the_end_is_kept_with_its_payload(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.clock.advance(2)
    assert store.orchestrator.finish("w1", [Settlement("i1", fence, Status.FAILED, b"{}", 60)]) == [Answer.OK]
    record = store.record("i1")
    assert (record.status, record.payload, record.worker, record.fence) == (Status.FAILED, b"{}", "w1", fence)
    assert record.changed_us - record.started_us == 2_000_000


def test_an_empty_payload_is_an_end_too(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.finish("w1", [Settlement("i1", fence, Status.SUCCESS, b"", 60)])
    (outcome,) = store.orchestrator.watch("client", ["i1"])
    assert outcome is not None
    assert (outcome.status, outcome.payload) == (Status.SUCCESS, b"")


def test_a_second_outcome_changes_nothing(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.finish("w1", [make_end("i1", fence)])
    before = store.record("i1")
    assert store.orchestrator.finish("w1", [make_end("i1", fence, Status.FAILED)]) == [Answer.ALREADY]
    assert store.record("i1") == before


def test_a_final_record_lives_for_its_time_and_its_id_is_free_after_that(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.finish("w1", [make_end("i1", fence, ttl_seconds=10)])
    store.clock.advance(9.999)
    assert store.status("i1") is Status.SUCCESS
    store.clock.advance(0.001)
    assert store.state_backend.records(["i1"]) == [None]
    assert store.orchestrator.finish("w1", [make_end("i1", fence)]) == [Answer.GONE]
    assert store.orchestrator.enqueue([make_new("i1")]) == [Enqueued(Answer.OK, "i1")]
    assert int(store.claim("w1")[0].fence) > int(fence)


def test_counts_stand_beyond_the_time_to_live(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1", "i2", "i3")
    store.orchestrator.finish("w1", [make_end("i1", fences["i1"], ttl_seconds=1)])
    store.orchestrator.retry("w1", "i2", fences["i2"], 9.0)
    store.clock.advance(5)
    counts = store.orchestrator.counts()
    assert counts.by_task == {"mail.send": {Status.SUCCESS: 1, Status.RETRY: 1, Status.RUNNING: 1}}
    assert counts.total(Status.RETRY, Status.RUNNING) == 2


def test_finish_and_claim_is_both_and_may_be_repeated(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("i2")
    request = make_request()
    answers, claim = store.orchestrator.finish_and_claim("w1", [make_end("i1", fence)], request)
    assert (answers, [item.invocation_id for item in claim.items]) == ([Answer.OK], ["i2"])
    again, claim_again = store.orchestrator.finish_and_claim("w1", [make_end("i1", fence)], request)
    assert (again, claim_again.items) == ([Answer.ALREADY], claim.items)


def test_one_stale_settlement_does_not_hold_up_the_others(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1", "i2")
    ends = [make_end("i1", "1"), make_end("i2", fences["i2"]), make_end("nobody", "1")]
    assert store.orchestrator.finish("w1", ends) == [Answer.FENCED, Answer.OK, Answer.GONE]


def test_a_retry_counts_and_comes_back_after_its_delay(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    assert store.orchestrator.retry("w1", "i1", fence, 3.0) is Answer.OK
    assert store.orchestrator.retry("w1", "i1", fence, 3.0) is Answer.ALREADY
    assert store.status("i1") is Status.RETRY
    assert store.claim("w1") == []
    store.clock.advance(3)
    (item,) = store.claim("w1")
    assert (item.attempt, item.retries, item.losses) == (2, 1, 0)


def test_what_is_given_back_returns_to_its_old_place(store: Store) -> None:
    store.join("w1", "w2")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("i2")
    assert store.orchestrator.release("w1", "i1", fence) is Answer.OK
    (item,) = store.claim("w2")
    assert (item.invocation_id, item.attempt, item.retries, item.losses) == ("i1", 2, 0, 0)


def test_a_pending_one_given_back_has_had_no_attempt(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    (item,) = store.claim("w1", start=0)
    assert store.orchestrator.release("w1", "i1", item.fence) is Answer.OK
    assert (store.record("i1").attempt, store.status("i1")) == (0, Status.REROUTED)


def test_a_start_is_counted_once(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    (item,) = store.claim("w1", start=0)
    store.clock.advance(1)
    assert [store.orchestrator.start("w1", "i1", item.fence) for _ in range(2)] == [Answer.OK, Answer.OK]
    record = store.record("i1")
    assert (record.attempt, record.status, record.started_us) == (1, Status.RUNNING, store.clock.now_us)


@pytest.mark.parametrize("step", OWNER_STEPS)
def test_a_former_owner_is_refused(store: Store, step: str) -> None:
    store.join("w1", "w2")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.release("w1", "i1", fence)
    store.claim("w2")
    before = store.record("i1")
    assert OWNER_STEPS[step](store, "w1", "i1", fence) is Answer.FENCED
    assert store.record("i1") == before


@pytest.mark.parametrize("step", OWNER_STEPS)
def test_the_owner_needs_the_fence_of_this_attempt(store: Store, step: str) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.release("w1", "i1", fence)
    store.claim("w1")
    before = store.record("i1")
    assert OWNER_STEPS[step](store, "w1", "i1", fence) is Answer.FENCED
    assert store.record("i1") == before


@pytest.mark.parametrize("step", OWNER_STEPS)
def test_nobody_owns_what_was_never_claimed(store: Store, step: str) -> None:
    store.join("w1")
    store.enqueue("i1")
    assert OWNER_STEPS[step](store, "", "i1", "") is Answer.FENCED
    assert OWNER_STEPS[step](store, "w1", "i1", "0") is Answer.FENCED
    assert OWNER_STEPS[step](store, "w1", "unknown", "1") is Answer.GONE


def test_fences_grow_even_while_the_clock_stands_still(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    fences = []
    for _ in range(5):
        (item,) = store.claim("w1")
        fences.append(int(item.fence))
        store.orchestrator.release("w1", "i1", item.fence)
    assert fences == sorted(set(fences))
    assert fences[0] == store.clock.now_us


def test_records_come_in_the_order_asked_for(store: Store) -> None:
    store.enqueue("i1", "i2")
    found = store.state_backend.records(["i2", "unknown", "i1"])
    assert [record and record.invocation_id for record in found] == ["i2", None, "i1"]
    assert store.state_backend.records([]) == []


def test_a_record_is_a_copy(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    before = store.record("i1")
    store.claim("w1")
    assert before == replace(before, status=Status.REGISTERED)
