"""A Task object of the cluster outranks environment and code in every call, on each store."""

from __future__ import annotations

import pytest

from pynenc import ConcurrencyControlType, Pynenc, live
from pynenc.core.records import EVERY_TASK, Answer, History, TaskDefinition
from pynenc.errors import BackendUnavailable, ConfigurationError
from support import call_tasks
from support.stores import Store

TASK_ID = "support.call_tasks.charge"


@pytest.fixture(autouse=True)
def look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry is read at every call."""
    monkeypatch.setattr(live, "AGE_SECONDS", 0.0)


def publish(store: Store, **options: object) -> None:
    definition = TaskDefinition(TASK_ID, **options)  # type: ignore[arg-type]  # each test names its fields
    assert store.orchestrator.publish(definition) is Answer.OK


def test_a_call_has_the_options_of_the_live_object(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    charge = store.app.task(priority=1, queue="code")(call_tasks.charge)
    publish(store, priority=7, history=History.OFF.value)
    record = store.record(charge("ada").invocation_id)
    assert (record.priority, record.queue) == (7, "code")
    publish(store, priority=3)
    assert store.record(charge("ada").invocation_id).priority == 3
    assert store.record(charge.with_options(priority=9)("ada").invocation_id).priority == 9
    store.orchestrator.withdraw(TASK_ID)
    assert store.record(charge("ada").invocation_id).priority == 1


def test_a_call_has_the_defaults_of_the_live_app_where_nothing_is_said_of_its_task(store: Store) -> None:
    charge, measure = store.app.task(priority=1)(call_tasks.charge), store.app.task(call_tasks.measure)
    store.orchestrator.publish(TaskDefinition(EVERY_TASK, priority=5))
    priorities = [store.record(call("ada").invocation_id).priority for call in (charge, measure)]
    assert priorities == [1, 5]
    publish(store, priority=7)
    assert store.record(charge("ada").invocation_id).priority == 7


def test_large_arguments_are_cached_unless_the_live_object_says_no(store: Store) -> None:
    measure = store.app.task(call_tasks.measure)
    text = "x" * store.app.conf.min_size_to_cache
    assert len(store.record(measure(text).invocation_id).arguments) < len(text)
    store.orchestrator.publish(TaskDefinition(measure.task_id, cache=False))
    assert len(store.record(measure(text).invocation_id).arguments) > len(text)


def test_a_limit_of_the_live_object_holds_for_calls(store: Store) -> None:
    charge = store.app.task(call_tasks.charge)
    publish(store, running_concurrency="keys", key_arguments=("customer",))
    first, _, other = charge("ada"), charge("ada", 2), charge("bob")
    store.join("w1")
    assert {item.invocation_id for item in store.claim("w1", limit=5)} == {first.invocation_id, other.invocation_id}


def test_a_shared_limit_may_be_set_in_the_cluster_alone(store: Store) -> None:
    charge = store.app.task(call_tasks.charge)
    publish(store, limits=("till",))
    with pytest.raises(ConfigurationError, match='unknown limit "till"; no limits are set'):
        charge("ada")
    store.orchestrator.set_limit("till", 1)
    first = charge("ada")
    charge("bob")
    store.join("w1")
    assert [item.invocation_id for item in store.claim("w1", limit=5)] == [first.invocation_id]


def test_a_key_of_the_live_object_that_is_no_argument_is_refused_with_a_wish(store: Store) -> None:
    charge = store.app.task(call_tasks.charge)
    publish(store, registration_concurrency=ConcurrencyControlType.KEYS.value, key_arguments=("costumer",))
    with pytest.raises(ConfigurationError, match=r'key_arguments names "costumer".*"customer"'):
        charge("ada")


def test_the_registry_is_looked_up_seldom(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AGE_SECONDS", 3600.0)
    charge = store.app.task(call_tasks.charge)
    charge("ada")
    publish(store, priority=7)
    assert store.record(charge("ada").invocation_id).priority == 0
    known = store.app.registry
    monkeypatch.setattr(live, "AGE_SECONDS", 0.0)
    assert store.app.registry != known
    assert store.app.registry is store.app.registry


def test_sync_mode_reaches_no_store() -> None:
    app = Pynenc(config_values={"redis_url": "redis://127.0.0.1:1/0", "dev_mode_force_sync_tasks": True})
    assert app.task(call_tasks.charge)("ada", 5).result == 5
    assert app.registry is live.NOTHING


def test_a_registry_that_cannot_be_read_is_told() -> None:
    app = Pynenc(config_values={"redis_url": "redis://127.0.0.1:1/0"})
    with pytest.raises(BackendUnavailable, match=r"cannot reach redis at 127\.0\.0\.1:1"):
        app.task(call_tasks.charge)("ada")
