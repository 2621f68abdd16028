"""From enqueue to the end of an invocation, on every store."""

from __future__ import annotations

from pynenc.core.records import Answer, Enqueued, InvocationRecord, Settlement
from pynenc.core.status import Status
from support.stores import Store, make_end, make_new, make_request


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


def test_a_repeated_claim_leaves_out_what_is_not_owned_any_more(store: Store) -> None:
    store.join("w1", "w2")
    store.enqueue("i1", "i2")
    request = make_request(limit=2)
    first = store.orchestrator.claim("w1", request).items
    store.orchestrator.release("w1", "i1", first[0].fence)
    assert store.claim("w2")[0].invocation_id == "i1"
    assert [item.invocation_id for item in store.orchestrator.claim("w1", request).items] == ["i2"]


def test_what_is_given_back_before_it_began_has_no_attempt(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2")
    began, waited = store.orchestrator.claim("w1", make_request(limit=2, start=2)).items
    assert (began.attempt, waited.attempt) == (1, 1)
    store.orchestrator.release("w1", "i1", began.fence)
    for _ in range(2):
        store.orchestrator.release("w1", "i2", waited.fence, unstarted=True)
    assert [store.record(name).attempt for name in ("i1", "i2")] == [1, 0]


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


def test_a_start_is_counted_once(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1")
    (item,) = store.claim("w1", start=0)
    store.clock.advance(1)
    assert [store.orchestrator.start("w1", "i1", item.fence) for _ in range(2)] == [Answer.OK, Answer.OK]
    record = store.record("i1")
    assert (record.attempt, record.status, record.started_us) == (1, Status.RUNNING, store.clock.now_us)


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
