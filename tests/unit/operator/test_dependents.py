"""Objects are looked at again when what they were computed from changes."""

from __future__ import annotations

from pynenc_operator.plan.result import ObjectKey
from pynenc_operator.reconcile.dependents import ANY, Dependents

APP, POOL, TASK, OTHER = (ObjectKey(kind, "a", "x") for kind in ("App", "WorkerPool", "Task", "Invocation"))


def test_readers_of_an_object_are_found():
    dependents = Dependents()
    dependents.record(TASK, [APP])
    dependents.record(OTHER, [APP, TASK])
    assert dependents.of(APP) == {TASK, OTHER}
    assert dependents.of(TASK) == {OTHER}


def test_readers_of_all_of_a_kind_are_found_in_their_namespace():
    dependents = Dependents()
    dependents.record(TASK, [ObjectKey("WorkerPool", "a", ANY)])
    assert dependents.of(POOL) == {TASK}
    assert dependents.of(ObjectKey("WorkerPool", "b", "x")) == frozenset()


def test_what_is_read_no_more_is_forgotten():
    dependents = Dependents()
    dependents.record(TASK, [APP, POOL])
    dependents.record(TASK, [POOL])
    assert (dependents.of(APP), dependents.of(POOL)) == (frozenset(), {TASK})
    dependents.record(TASK, ())
    assert dependents.of(POOL) == frozenset()


def test_one_of_several_readers_may_leave():
    dependents = Dependents()
    dependents.record(TASK, [APP])
    dependents.record(OTHER, [APP])
    dependents.record(TASK, ())
    assert dependents.of(APP) == {OTHER}


def test_a_key_says_what_it_is():
    assert str(APP) == "App a/x"
