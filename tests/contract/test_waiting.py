"""Invocations that wait for each other, on every store."""

from __future__ import annotations

import pytest

from pynenc.core.records import Answer, Outcome, WaitAnswer
from pynenc.core.status import Status
from pynenc.errors import InvocationNotFound
from support.stores import POLICY, Store, make_end, make_request


def wait(store: Store, fences: dict[str, str], name: str, *awaited: str) -> WaitAnswer:
    """Let `name`, which w1 runs, wait."""
    return store.orchestrator.wait("w1", name, fences[name], awaited)


def test_a_parent_pauses_until_its_last_child_ends(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent", "c1", "c2")
    assert wait(store, fences, "parent", "c1", "c2").answer is Answer.PAUSED
    store.orchestrator.finish("w1", [make_end("c1", fences["c1"])])
    assert store.orchestrator.resume("w1", "parent", fences["parent"]) is Answer.WAITING
    assert not store.broker.listen("w1", (), 0.0)
    store.orchestrator.finish("w1", [make_end("c2", fences["c2"], Status.FAILED)])
    assert store.broker.listen("w1", (), 0.0).resumed == "parent"
    assert store.orchestrator.resume("w1", "parent", fences["parent"]) is Answer.OK
    assert store.orchestrator.resume("w1", "parent", fences["parent"]) is Answer.OK
    assert store.status("parent") is Status.RUNNING


def test_a_wait_may_be_repeated_and_widened(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent", "c1", "c2")
    answers = [wait(store, fences, "parent", *awaited).answer for awaited in (("c1",), ("c1",), ("c2",))]
    assert answers == [Answer.PAUSED] * 3
    store.orchestrator.finish("w1", [make_end("c1", fences["c1"])])
    assert store.orchestrator.resume("w1", "parent", fences["parent"]) is Answer.WAITING
    store.orchestrator.finish("w1", [make_end("c2", fences["c2"])])
    assert wait(store, fences, "parent", "c1", "c2").answer is Answer.READY


def test_what_is_awaited_moves_to_the_front(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent")
    store.enqueue("urgent", priority=9)
    store.enqueue("c1", "c2")
    wait(store, fences, "parent", "c2")
    assert [item.invocation_id for item in store.claim("w1", limit=3)] == ["c2", "urgent", "c1"]


def test_a_delayed_child_moves_to_the_front_when_it_is_due(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent")
    store.enqueue("child", due_us=store.clock.now_us + 1_000_000)
    wait(store, fences, "parent", "child")
    store.enqueue("urgent", priority=9)
    assert [item.invocation_id for item in store.claim("w1")] == ["urgent"]
    store.clock.advance(1)
    store.enqueue("urgent-too", priority=9)
    assert [item.invocation_id for item in store.claim("w1")] == ["child"]


def test_a_child_given_back_keeps_its_place_at_the_front(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent", "child")
    wait(store, fences, "parent", "child")
    store.enqueue("urgent", priority=9)
    store.orchestrator.release("w1", "child", fences["child"])
    assert [item.invocation_id for item in store.claim("w1")] == ["child"]


def test_a_wait_in_a_circle_is_refused_with_its_path(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "a", "b", "c", "d")
    wait(store, fences, "a", "b", "d")
    wait(store, fences, "b", "c")
    assert wait(store, fences, "c", "a") == WaitAnswer(Answer.CYCLE, ("c", "a", "b", "c"))
    assert store.status("c") is Status.RUNNING
    assert wait(store, fences, "c", "c") == WaitAnswer(Answer.CYCLE, ("c", "c"))
    assert wait(store, fences, "c", "d").answer is Answer.PAUSED


def test_more_than_can_be_checked_is_refused(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent")
    store.enqueue(*(f"child-{number}" for number in range(400)))
    many = [f"unknown-{number}" for number in range(1601)] + [f"child-{number}" for number in range(400)]
    assert wait(store, fences, "parent", *many).answer is Answer.TOOBIG
    assert wait(store, fences, "parent", *many[1:]).answer is Answer.PAUSED


def test_force_stops_the_waiting(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent", "child")
    wait(store, fences, "parent", "child")
    assert store.orchestrator.resume("w1", "parent", fences["parent"], force=True) is Answer.OK
    store.orchestrator.finish("w1", [make_end("child", fences["child"])])
    assert not store.broker.listen("w1", (), 0.0)


def test_a_parent_given_back_waits_no_more(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "parent", "child")
    wait(store, fences, "parent", "child")
    store.orchestrator.release("w1", "parent", fences["parent"])
    assert wait(store, fences, "child", "parent").answer is Answer.PAUSED


def test_a_child_that_is_given_up_wakes_its_parent(store: Store) -> None:
    store.join("w1", "w2")
    fences = store.run("w1", "parent")
    store.run("w2", "child")
    wait(store, fences, "parent", "child")
    for _ in range(POLICY.max_losses):
        store.orchestrator.recover("w2", POLICY)
        store.join("w2")
        store.claim("w2")
    assert store.status("child") is Status.FAILED
    assert store.broker.listen("w1", (), 0.0).resumed == "parent"


def test_a_watcher_gets_what_has_ended_at_once_and_the_rest_as_news(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1", "i2")
    store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
    outcome = Outcome("i1", Status.SUCCESS, b"SUCCESS")
    assert store.orchestrator.watch("client", ["i1", "i2"]) == [outcome, None]
    store.orchestrator.finish("w1", [make_end("i2", fences["i2"], Status.FAILED)])
    assert store.broker.listen("client", (), 0.0).outcome == Outcome("i2", Status.FAILED, b"FAILED")
    assert not store.broker.listen("client", (), 0.0)


def test_every_watcher_is_told_once_however_often_it_asks(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1")
    for client in ("c1", "c2", "c1"):
        store.orchestrator.watch(client, ["i1"])
    store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
    for client in ("c1", "c2"):
        assert store.broker.listen(client, (), 0.0).outcome is not None
        assert not store.broker.listen(client, (), 0.0)


@pytest.mark.parametrize(
    ("size", "travels"), [pytest.param(4096, True, id="small"), pytest.param(4097, False, id="large")]
)
def test_a_large_payload_does_not_travel_with_the_news(store: Store, size: int, *, travels: bool) -> None:
    store.join("w1")
    fences = store.run("w1", "i1")
    store.orchestrator.watch("client", ["i1"])
    end = make_end("i1", fences["i1"])
    payload = b"\n " * (size // 2) + b"x" * (size % 2)
    store.orchestrator.finish("w1", [type(end)(end.invocation_id, end.fence, end.status, payload, 60)])
    outcome = store.broker.listen("client", (), 0.0).outcome
    assert outcome == Outcome("i1", Status.SUCCESS, payload if travels else None)
    assert store.orchestrator.watch("client", ["i1"]) == [Outcome("i1", Status.SUCCESS, payload)]


def test_nobody_can_watch_what_is_not_there(store: Store) -> None:
    store.enqueue("i1")
    with pytest.raises(InvocationNotFound, match="invocation nobody is unknown, or its result has expired"):
        store.orchestrator.watch("client", ["i1", "nobody"])


def test_news_nobody_reads_is_dropped_after_an_hour(store: Store) -> None:
    store.join("w1", lease_seconds=7200)
    fences = store.run("w1", "i1", "i2")
    for client, name in (("early", "i1"), ("late", "i2")):
        store.orchestrator.watch(client, [name])
        store.orchestrator.finish("w1", [make_end(name, fences[name])])
        store.clock.advance(1800)
    store.orchestrator.claim("w1", make_request())
    assert not store.broker.listen("early", (), 0.0)
    assert store.broker.listen("late", (), 0.0)
