"""Cancelling, running again, forgetting and listing invocations; and children that run on their parent's stack."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pynenc.core.records import (
    Answer,
    Change,
    Claimed,
    Counts,
    Heartbeat,
    History,
    InvocationRecord,
    Limit,
    Query,
    Recovered,
)
from pynenc.core.status import Status
from support.stores import POLICY, Store, make_end

S = Status
ONE = (Limit("mail.send", "a" * 24),)


def cancel(store: Store, name: str) -> Answer:
    """Cancel with an error of its own."""
    return store.orchestrator.cancel(name, b"why", 60)


def ids(records: Sequence[InvocationRecord | Claimed]) -> list[str]:
    """The ids of records."""
    return [record.invocation_id for record in records]


@pytest.mark.parametrize("values", [{}, {"delay_us": 9}, {"limits": ONE}], ids=["ready", "delayed", "parked"])
def test_what_nobody_owns_ends_at_once(store: Store, values: dict[str, object]) -> None:
    store.join("w1")
    store.enqueue("holder", limits=ONE)
    store.claim("w1")
    store.enqueue("i1", **values)
    if "limits" in values:
        assert store.claim("w1") == []
    store.orchestrator.watch("client", ["i1"])
    assert [cancel(store, "i1"), cancel(store, "i1"), cancel(store, "nobody")] == [
        Answer.OK,
        Answer.ALREADY,
        Answer.GONE,
    ]
    assert (store.record("i1").status, store.record("i1").payload) == (S.CANCELLED, b"why")
    news = store.broker.listen("client", (), 0.0).outcome
    assert news is not None
    assert news.status is S.CANCELLED
    store.clock.advance(1)
    assert store.claim("w1") == []


def test_the_first_to_cancel_gives_the_error(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    cancel(store, "i1")
    store.orchestrator.cancel("i1", b"another reason", 5)
    store.orchestrator.release("w1", "i1", fence)
    assert store.record("i1").payload == b"why"


def test_an_end_that_comes_first_counts(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    cancel(store, "i1")
    assert store.orchestrator.finish("w1", [make_end("i1", fence)]) == [Answer.OK]
    assert store.status("i1") is S.SUCCESS
    assert store.orchestrator.beat(["w1"], 15.0) == [Heartbeat(Answer.OK)]


@pytest.mark.parametrize("step", ["retry", "release", "recover"])
def test_what_is_to_be_cancelled_does_not_run_again(store: Store, step: str) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    cancel(store, "i1")
    if step == "retry":
        assert store.orchestrator.retry("w1", "i1", fence, 1.0) is Answer.OK
    elif step == "release":
        assert store.orchestrator.release("w1", "i1", fence) is Answer.OK
    else:
        assert store.orchestrator.recover("w1", POLICY) == [Recovered("i1", S.CANCELLED)]
    assert (store.status("i1"), store.record("i1").payload) == (S.CANCELLED, b"why")


def test_a_paused_one_is_woken_to_be_cancelled(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child")
    store.orchestrator.wait("w1", "i1", fence, ["child"])
    cancel(store, "i1")
    assert store.broker.listen("w1", (), 0.0).resumed == "i1"
    assert [store.orchestrator.resume("w1", "i1", fence) for _ in range(2)] == [Answer.CANCELLING] * 2
    assert store.status("i1") is S.RUNNING


def test_only_what_is_to_blame_counts_a_loss(store: Store) -> None:
    store.join("w1")
    store.run("w1", "i1", "i2")
    store.orchestrator.recover("w1", POLICY, blamed=["i2"])
    assert [store.record(name).losses for name in ("i1", "i2")] == [0, 1]


def test_a_child_is_handed_to_its_waiting_parent_again_and_again(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child", limits=ONE)
    answers = [store.orchestrator.wait("w1", "i1", fence, ["child"], ("default",)) for _ in range(2)]
    assert [one.answer for one in answers] == [Answer.INLINE] * 2
    assert answers[0].item == answers[1].item
    item = answers[0].item
    assert item is not None
    assert (item.invocation_id, item.attempt, item.started) == ("child", 1, True)
    assert store.status("i1") is S.PAUSED
    end = make_end("child", item.fence)
    assert store.orchestrator.finish_and_resume("w1", end, "i1", fence) == (Answer.OK, Answer.OK)
    assert store.orchestrator.finish_and_resume("w1", end, "i1", fence) == (Answer.ALREADY, Answer.OK)
    assert [store.status(name) for name in ("i1", "child")] == [S.RUNNING, S.SUCCESS]


@pytest.mark.parametrize(
    ("values", "queues"),
    [({"inline": False}, ("default",)), ({}, ("other",)), ({"delay_us": 9}, ("default",)), ({}, ())],
    ids=["forbidden", "another queue", "not ready", "no queues"],
)
def test_other_children_are_only_waited_for(store: Store, values: dict[str, object], queues: tuple[str, ...]) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child", **values)
    assert store.orchestrator.wait("w1", "i1", fence, ["child"], queues).answer is Answer.PAUSED


def test_what_this_worker_runs_by_itself_is_not_handed_out_again(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1", "i2")
    assert store.orchestrator.wait("w1", "i1", fences["i1"], ["i2"], ("default",)).answer is Answer.PAUSED


def test_of_several_children_none_is_handed_over(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("c1", "c2")
    assert store.orchestrator.wait("w1", "i1", fence, ["c1", "c2"], ("default",)).answer is Answer.PAUSED
    assert store.broker.sizes(["default"]) == {"default": 2}


def test_a_child_that_was_lost_is_not_handed_over(store: Store) -> None:
    store.join("w1", "w2")
    fence = store.run("w1", "i1")["i1"]
    store.run("w2", "child")
    store.orchestrator.recover("w2", POLICY)
    assert store.orchestrator.wait("w1", "i1", fence, ["child"], ("default",)).answer is Answer.PAUSED


def test_a_child_that_is_too_late_is_not_handed_over(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child", start_within_us=1)
    store.clock.advance(1)
    assert store.orchestrator.wait("w1", "i1", fence, ["child"], ("default",)).answer is Answer.PAUSED


def test_what_is_owned_needs_no_limit_any_more(store: Store) -> None:
    store.join("w1")
    store.orchestrator.set_limit("mail.send", 2)
    store.enqueue("i1", "child", limits=ONE)
    fences = {item.invocation_id: item.fence for item in store.claim("w1", limit=2, start=2)}
    store.orchestrator.set_limit("mail.send", 1)
    assert store.orchestrator.wait("w1", "i1", fences["i1"], ["child"]).answer is Answer.PAUSED


def test_the_parent_of_what_ended_inline_is_told_if_it_cannot_go_on_here(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child")
    item = store.orchestrator.wait("w1", "i1", fence, ["child"], ("default",)).item
    assert item is not None
    end = make_end("child", item.fence)
    assert store.orchestrator.finish_and_resume("w1", end, "i1", "1") == (Answer.OK, Answer.FENCED)
    assert store.broker.listen("w1", (), 0.0).resumed == "i1"


def test_the_parent_of_what_ended_inline_goes_on_without_news(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.enqueue("child")
    item = store.orchestrator.wait("w1", "i1", fence, ["child"], ("default",)).item
    assert item is not None
    store.orchestrator.finish_and_resume("w1", make_end("child", item.fence), "i1", fence)
    assert not store.broker.listen("w1", (), 0.0)


def test_a_wait_inside_ones_own_limit_is_refused(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", limits=ONE)
    (item,) = store.claim("w1")
    store.enqueue("middle")
    store.orchestrator.wait("w1", "i1", item.fence, ["middle"])
    (middle,) = store.claim("w1")
    store.enqueue("child", limits=ONE)
    answer = store.orchestrator.wait("w1", "middle", middle.fence, ["child"])
    assert (answer.answer, answer.path) == (Answer.DEADLOCK, ("child", "mail.send"))
    store.orchestrator.set_limit("mail.send", 2)
    assert store.orchestrator.wait("w1", "middle", middle.fence, ["child"]).answer is Answer.PAUSED


def test_a_wait_for_what_waits_for_ones_own_limit_is_refused(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", limits=ONE)
    (item,) = store.claim("w1")
    fence = store.run("w1", "middle")["middle"]
    store.enqueue("child", limits=ONE)
    assert store.orchestrator.wait("w1", "middle", fence, ["child"]).answer is Answer.PAUSED
    answer = store.orchestrator.wait("w1", "i1", item.fence, ["middle"])
    assert (answer.answer, answer.path) == (Answer.DEADLOCK, ("child", "mail.send"))


def test_an_id_that_is_used_again_is_not_dead_any_more(store: Store) -> None:
    store.join("w1")
    fence = store.run("w1", "i1")["i1"]
    store.orchestrator.finish("w1", [make_end("i1", fence, S.FAILED, ttl_seconds=5)])
    store.clock.advance(5)
    store.enqueue("i1")
    assert store.state_backend.dead() == []
    assert ids(store.state_backend.query(Query(statuses=frozenset({S.FAILED})))) == []


def test_forgetting_leaves_nothing_behind(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "owner", "parent", "ended")
    store.orchestrator.finish("w1", [make_end("ended", fences["ended"])])
    store.enqueue("waiting")
    store.enqueue("later", delay_us=9)
    store.orchestrator.watch("client", ["waiting"])
    store.orchestrator.wait("w1", "parent", fences["parent"], ["waiting"])
    assert store.orchestrator.forget(["waiting", "later", "owner", "ended", "nobody"]) == 4
    assert store.broker.listen("w1", (), 0.0).resumed == "parent"
    assert store.orchestrator.finish("w1", [make_end("owner", fences["owner"])]) == [Answer.GONE]
    assert store.orchestrator.counts() == Counts({"mail.send": {S.PAUSED: 1, S.SUCCESS: 1}})
    assert store.broker.sizes(["default"]) == {"default": 0}


def test_a_query_lists_what_waits_runs_and_has_ended(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "ended", "running")
    store.clock.advance(1)
    store.orchestrator.finish("w1", [make_end("ended", fences["ended"])])
    store.clock.advance(1)
    store.enqueue("ready", "other", task_id="other.task", queue="other")
    store.clock.advance(1)
    store.enqueue("later", delay_us=9)
    query = store.state_backend.query
    assert ids(query(Query())) == ["later", "other", "ready", "ended", "running"]
    assert ids(query(Query(limit=2))) == ["later", "other"]
    assert ids(query(Query(task_id="other.task"))) == ["other", "ready"]
    assert ids(query(Query(queue="default", statuses=frozenset({S.REGISTERED})))) == ["later"]
    assert ids(query(Query(statuses=frozenset({S.SUCCESS})))) == ["ended"]
    store.clock.advance(100)
    store.orchestrator.sweep(POLICY)
    assert ids(query(Query(statuses=frozenset({S.SUCCESS})))) == []


def test_what_ended_at_one_time_is_listed_by_id(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i3", "i1", "i2")
    store.orchestrator.finish("w1", [make_end(name, fence, S.FAILED) for name, fence in fences.items()])
    for limit, listed in ((1, ["i1"]), (2, ["i1", "i2"])):
        assert ids(store.state_backend.query(Query(limit=limit))) == listed
        assert ids(store.state_backend.dead(limit)) == listed


def test_a_full_history_has_every_status_and_others_what_the_record_tells(store: Store) -> None:
    store.join("w1", "w2")
    store.enqueue("full", history=History.FULL)
    store.claim("w1")
    store.orchestrator.recover("w1", POLICY)
    (item,) = store.claim("w2")
    store.orchestrator.finish("w2", [make_end("full", item.fence)])
    now = store.clock.now_us
    assert store.state_backend.history("full") == [
        Change(S.REGISTERED, now),
        Change(S.PENDING, now, "w1", 0),
        Change(S.RUNNING, now, "w1", 1),
        Change(S.RUNNING_RECOVERY, now, "w1", 1),
        Change(S.REROUTED, now, "", 1),
        Change(S.PENDING, now, "w2", 1),
        Change(S.RUNNING, now, "w2", 2),
        Change(S.SUCCESS, now, "w2", 2),
    ]
    fence = store.run("w2", "plain")["plain"]
    store.orchestrator.finish("w2", [make_end("plain", fence)])
    assert [change.status for change in store.state_backend.history("plain")] == [S.REGISTERED, S.RUNNING, S.SUCCESS]
    assert store.state_backend.history("nobody") == []
