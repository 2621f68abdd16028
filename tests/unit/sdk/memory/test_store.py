"""The memory of an app: shared by its components, gone with the app, and never going back in time."""

from __future__ import annotations

import gc
import weakref

import pytest

from pynenc import Pynenc
from pynenc._memory import lifecycle
from pynenc._memory.shared import store_of
from pynenc._memory.state import State
from pynenc._memory.store import MemoryStore
from pynenc.core.status import Status
from support.stores import make_new


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
