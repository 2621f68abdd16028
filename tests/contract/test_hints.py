"""Hints end waits early: markers of queues, and nudges. Listening blocks and does not poll, on every store."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from pynenc.broker.base import News
from pynenc.core.records import Answer, NewInvocation
from pynenc.orchestrator.base import LossPolicy
from support.stores import Store, make_end

WORK = News(work=True)


def test_one_marker_a_queue_however_much_work(store: Store) -> None:
    store.enqueue("i1", "i2", "i3")
    assert store.broker.listen("w1", ("other", "default"), 0.0) == WORK
    assert store.broker.listen("w1", ("other", "default"), 0.0) == News()


def test_a_queue_that_is_woken_twice_has_one_marker(store: Store) -> None:
    store.broker.wake("default")
    store.broker.wake("default")
    assert store.broker.listen("w1", ("default",), 0.0) == WORK
    assert store.broker.listen("w1", ("default",), 0.0) == News()


def test_who_was_woken_and_leaves_work_behind_wakes_the_next(store: Store) -> None:
    store.join("w1")
    store.enqueue("i1", "i2")
    store.broker.listen("w1", ("default",), 0.0)
    store.claim("w1", woken=True)
    assert store.broker.listen("w2", ("default",), 0.0) == WORK
    store.claim("w1", woken=True)
    assert store.broker.listen("w2", ("default",), 0.0) == News()


def test_a_lost_worker_that_took_the_marker_passes_it_on(store: Store) -> None:
    store.enqueue("i1")
    store.broker.listen("lost", ("default",), 0.0)
    assert store.claim("lost", woken=True) == []
    assert store.broker.listen("w1", ("default",), 0.0) == WORK


def test_what_comes_back_wakes_somebody(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1", "i2")
    store.broker.listen("w1", ("default",), 0.0)
    store.orchestrator.retry("w1", "i1", fences["i1"], 0.0)
    assert store.broker.listen("w1", ("default",), 0.0) == WORK
    store.orchestrator.release("w1", "i2", fences["i2"])
    assert store.broker.listen("w1", ("default",), 0.0) == WORK


def test_news_come_before_work(store: Store) -> None:
    store.join("w1")
    fences = store.run("w1", "i1")
    store.orchestrator.watch("w1", ["i1"])
    store.enqueue("i2")
    store.orchestrator.finish("w1", [make_end("i1", fences["i1"])])
    assert store.broker.listen("w1", ("default",), 0.0).outcome is not None
    assert store.broker.listen("w1", ("default",), 0.0) == WORK


def test_quiet_work_is_ready_and_wakes_nobody_until_its_caller_does(store: Store) -> None:
    new = NewInvocation("i1", "mail.send", b"{}", quiet=True)
    assert store.orchestrator.enqueue([new])[0].answer is Answer.OK
    assert store.broker.sizes(["default"]) == {"default": 1}
    assert store.broker.listen("w1", ("default",), 0.0) == News()
    store.broker.wake("default")
    assert store.broker.listen("w1", ("default",), 0.0) == WORK


def test_quiet_work_that_is_delayed_wakes_when_it_comes_due(store: Store) -> None:
    store.orchestrator.enqueue([NewInvocation("i1", "mail.send", b"{}", delay_us=1_000_000, quiet=True)])
    store.clock.advance_us(1_000_001)
    store.orchestrator.sweep(LossPolicy(3, b"lost", 60))
    assert store.broker.listen("w1", ("default",), 0.0) == WORK


def test_a_nudge_ends_the_next_wait_of_its_inbox_alone(store: Store) -> None:
    store.broker.nudge("w1")
    assert store.broker.listen("w2", (), 0.0) == News()
    assert store.broker.listen("w1", (), 30.0) == News()


def test_a_blocked_listener_is_woken_by_work(store: Store) -> None:
    with ThreadPoolExecutor() as pool:
        listening = [pool.submit(store.broker.listen, "w1", ("default",), 30.0)]
        store.enqueue("i1")
        assert listening[0].result(timeout=10) == WORK


def test_a_blocked_listener_is_woken_by_a_nudge(store: Store) -> None:
    with ThreadPoolExecutor() as pool:
        listening = pool.submit(store.broker.listen, "w1", ("default",), 30.0)
        store.broker.nudge("w1")
        assert listening.result(timeout=10) == News()


def test_one_marker_wakes_one_of_many_listeners(store: Store) -> None:
    woken: list[News] = []
    first = threading.Event()

    def listen(name: str) -> None:
        news = store.broker.listen(name, ("default",), 30.0)
        woken.append(news)
        first.set()

    with ThreadPoolExecutor() as pool:
        for name in ("w1", "w2"):
            pool.submit(listen, name)
        store.enqueue("i1")
        assert first.wait(10)
        assert woken == [WORK]
        for name in ("w1", "w2"):
            store.broker.nudge(name)
    assert sorted(woken, key=bool) == [News(), WORK]
