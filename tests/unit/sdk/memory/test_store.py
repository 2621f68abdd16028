"""The memory of an app: shared by its components, gone with the app, and never going back in time."""

from __future__ import annotations

import gc
import weakref

import pytest

from pynenc import Pynenc
from pynenc._memory import lifecycle
from pynenc._memory.hints import Hints
from pynenc._memory.shared import store_of
from pynenc._memory.state import State
from pynenc._memory.store import MemoryStore
from pynenc.broker.base import News
from pynenc.core.records import Limit
from pynenc.core.status import Status
from support.stores import Store, make_end, make_new, memory_store

ALWAYS = {"now", "sequence", "epoch", "opened_us", "workers", "counts", "definitions", "hints"}


def held_by(store: Store) -> set[str]:
    """Where a store holds anything of invocations."""
    whole = store_of(store.app).run(lambda state: dict(vars(state)))
    whole["queues"] = [name for name, ranking in whole["queues"].items() if ranking]
    return {name for name, value in whole.items() if value and name not in ALWAYS}


def test_components_of_one_app_share_one_memory_and_two_apps_do_not():
    app, other = Pynenc(), Pynenc()
    app.orchestrator.enqueue([make_new("i1")])
    assert app.broker.sizes(["default"]) == {"default": 1}
    assert app.state_backend.records(["i1"])[0].invocation_id == "i1"
    assert other.state_backend.records(["i1"]) == [None]


def test_memory_survives_a_new_component_and_ends_with_its_app():
    app = Pynenc()
    store = weakref.ref(store_of(app))
    app.orchestrator.enqueue([make_new("i1")])
    app.conf.orchestrator_cls = "pynenc.orchestrator.memory.MemOrchestrator"
    assert app.orchestrator.counts().total(Status.REGISTERED) == 1
    del app
    gc.collect()
    assert store() is None


def test_an_illegal_step_is_an_error_and_changes_nothing():
    store = MemoryStore()
    store.run(lifecycle.enqueue, [make_new("i1")])

    def leap(state: State) -> None:
        state.move(state.entries["i1"], Status.SUCCESS)

    with pytest.raises(RuntimeError, match="REGISTERED must not lead to SUCCESS"):
        store.run(leap)
    assert store.run(lambda state: state.entries["i1"].status) is Status.REGISTERED


def test_time_does_not_go_back_when_the_clock_does():
    times = iter([100, 50, 120])
    store = MemoryStore(lambda: next(times))
    assert [store.run(lambda state: state.now) for _ in range(3)] == [100, 100, 120]


def test_what_has_ended_leaves_memory_when_its_time_is_up():
    store = memory_store()
    store.join("w1")
    store.orchestrator.finish("w1", [make_end("i1", store.run("w1", "i1")["i1"], Status.FAILED, ttl_seconds=5)])
    store.clock.advance(4)
    assert held_by(store) == {"entries", "lives", "ended", "dead", "failures"}
    store.clock.advance(1)
    assert held_by(store) == {"failures"}
    store.clock.advance(3600)
    assert held_by(store) == set()


def test_an_id_that_was_forgotten_and_is_used_again_outlives_its_first_end():
    store = memory_store()
    store.join("w1")
    store.orchestrator.finish(
        "w1", [make_end(name, fence, ttl_seconds=5) for name, fence in store.run("w1", "i1").items()]
    )
    store.orchestrator.forget(["i1"])
    store.enqueue("i1")
    store.clock.advance(5)
    assert store.status("i1") is Status.REGISTERED


def test_a_limit_per_argument_leaves_nothing_behind():
    store = memory_store()
    store.join("w1")
    for number in range(3):
        store.enqueue(f"a{number}", f"b{number}", limits=(Limit("mail.send", f"{number:024x}"),))
    for _ in range(2):
        items = store.claim("w1", limit=9, start=9)
        store.orchestrator.finish("w1", [make_end(item.invocation_id, item.fence, ttl_seconds=1) for item in items])
    store.clock.advance(1)
    assert held_by(store) == set()


def test_news_that_are_read_take_no_memory_until_they_would_have_ended():
    hints = Hints()
    for now_us in range(10_000):
        hints.tell("client", News(), now_us)
        hints.wake("default", now_us)
        assert hints.take("client", ()) is not None
        assert hints.take("client", ("default",)) == News(work=True)
    assert len(hints._ends._heap) + len(hints.marked._heap) < 200
