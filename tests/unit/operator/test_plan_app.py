"""An App is connected, its registry follows the Task objects, its numbers are mirrored."""

from __future__ import annotations

import pytest

from pynenc.api.v1alpha1 import AppSpec
from pynenc.core.records import Counts, Declaration, DeclaredKind, TaskDefinition, WorkerInfo
from pynenc.core.status import Status
from pynenc_operator.plan.app import NUMBERS, RETRY_SECONDS, ObservedApp, StoreFacts, plan_app
from pynenc_operator.plan.result import ObjectKey, Problem
from unit.operator.builders import (
    EARLIER,
    NAMESPACE,
    NOW,
    make_app,
    make_catalog,
    make_pool,
    make_task,
    make_trigger,
    make_workflow,
    message,
    verdicts,
)

UNREACHABLE = Problem("RedisUnreachable", "cannot reach redis at redis:6379 (timeout 2s)")
SEND = TaskDefinition("mail.send")
COUNTS = Counts(
    {
        "mail.send": {Status.REGISTERED: 3, Status.RETRY: 1, Status.RUNNING: 2, Status.PENDING: 1},
        "mail.old": {Status.PAUSED: 4, Status.FAILED: 5, Status.SUCCESS: 100, Status.CONCURRENCY_CONTROLLED: 6},
    },
    dead=2,
)


def plan(app=None, *, store=None, **observed):
    return plan_app(app or make_app(), ObservedApp(store or StoreFacts(), **observed), NOW)


def settled(app=None, now=EARLIER, **observed):
    """The App after its plan was carried out."""
    app = app or make_app()
    done = plan_app(app, ObservedApp(**{"store": StoreFacts(), **observed}), now)
    return app.model_copy(update={"status": done.status})


def test_a_store_that_serves_makes_the_app_ready():
    done = plan()
    assert verdicts(done.status) == {
        "Ready": ("True", "Connected"),
        "RedisReachable": ("True", "Connected"),
        "DataLoss": ("False", "NothingLost"),
    }
    assert done.status.observed_generation == 3
    assert done.open_store


def test_a_store_that_cannot_be_reached_is_told_and_left_alone():
    done = plan(store=UNREACHABLE)
    assert verdicts(done.status) == {
        "Ready": ("False", "RedisUnreachable"),
        "RedisReachable": ("False", "RedisUnreachable"),
    }
    assert message(done.status, "RedisReachable") == "cannot reach redis at redis:6379 (timeout 2s)"
    assert (done.publish, done.withdraw, done.open_store) == ((), (), False)
    assert done.requeue_after == RETRY_SECONDS


def test_numbers_stay_as_last_seen_while_the_store_is_away():
    app = settled(store=StoreFacts(counts=COUNTS))
    assert plan(app, store=UNREACHABLE).status.queued == 4


def test_the_numbers_of_the_store_are_mirrored():
    status = plan(store=StoreFacts(counts=COUNTS, workers=[WorkerInfo("w1"), WorkerInfo("w2")])).status
    numbers = {name: getattr(status, name) for name in NUMBERS}
    assert numbers == {"queued": 4, "parked": 6, "running": 3, "paused": 4, "failed": 2, "workers": 2}


def test_code_of_a_pool_that_is_gone_is_forgotten():
    code = {"main": frozenset({"mail.send"}), "gone": frozenset(), "foreign": frozenset()}
    done = plan(store=StoreFacts(code=code), pools=[make_pool(), make_pool("foreign", appRef={"name": "other"})])
    assert done.declare == (Declaration(DeclaredKind.CODE, "gone"), Declaration(DeclaredKind.CODE, "foreign"))


def test_tasks_are_looked_at_when_workers_bring_other_code():
    before, after = (plan(store=StoreFacts(code={"main": frozenset(names)})) for names in ((), ("mail.send",)))
    assert before.signal != after.signal


def test_an_unchanged_world_gives_an_equal_status():
    app = settled()
    assert plan(app).status == app.status


@pytest.mark.parametrize(
    ("ago", "queued"),
    [
        pytest.param(1.0, 0, id="too recent"),
        pytest.param(15.0, 4, id="long enough ago"),
        pytest.param(None, 4, id="not by this process"),
    ],
)
def test_changed_numbers_alone_are_written_seldom(ago, queued):
    assert plan(settled(), store=StoreFacts(counts=COUNTS), written_seconds_ago=ago).status.queued == queued


@pytest.mark.parametrize(
    ("tasks", "registry", "published", "withdrawn"),
    [
        pytest.param([make_task()], {}, (SEND,), (), id="a new Task is published"),
        pytest.param([make_task()], {"mail.send": SEND}, (), (), id="a known Task is left alone"),
        pytest.param(
            [make_task(queue="fast")],
            {"mail.send": SEND},
            (TaskDefinition("mail.send", queue="fast"),),
            (),
            id="a changed Task is published again",
        ),
        pytest.param([], {"mail.send": SEND}, (), ("mail.send",), id="a deleted Task is withdrawn"),
        pytest.param(
            [make_task(appRef={"name": "other"})],
            {"mail.send": SEND},
            (),
            ("mail.send",),
            id="a Task of another App does not count",
        ),
        pytest.param(
            [make_task(meta={"deletionTimestamp": NOW.isoformat()})],
            {"mail.send": SEND},
            (),
            ("mail.send",),
            id="a Task that is being deleted does not count",
        ),
    ],
)
def test_the_registry_follows_the_tasks(tasks, registry, published, withdrawn):
    done = plan(store=StoreFacts(definitions=registry), tasks=tasks)
    assert (done.publish, done.withdraw) == (published, withdrawn)


def names(declarations):
    return [(one.kind, one.name, bool(one.text)) for one in declarations]


INLINE = make_task("x", function=None, source={"python": "pass"})
TRIGGER, WORKFLOW = DeclaredKind.TRIGGER, DeclaredKind.WORKFLOW


@pytest.mark.parametrize(
    ("objects", "declared", "expected"),
    [
        pytest.param([], {}, [], id="none"),
        pytest.param(
            [make_trigger(), make_workflow()],
            {},
            [(WORKFLOW, "orders", True), (TRIGGER, "nightly", True)],
            id="a store that has come back empty",
        ),
        pytest.param(
            [make_trigger(), make_workflow()],
            {TRIGGER: {"nightly": "old"}, WORKFLOW: {"orders": "old"}},
            [],
            id="changes are the business of the objects",
        ),
        pytest.param(
            [],
            {TRIGGER: {"nightly": "{}"}, WORKFLOW: {"orders": "{}"}},
            [(WORKFLOW, "orders", False), (TRIGGER, "nightly", False)],
            id="objects that are gone",
        ),
        pytest.param(
            [make_trigger(timeZone="Mars/Base"), make_workflow(steps=[{"name": "a", "taskRef": {"name": "x"}}])],
            {},
            [],
            id="objects that are refused",
        ),
        pytest.param(
            [make_workflow(steps=[{"name": "a", "taskRef": {"name": "send"}, "needs": ["b"]}])],
            {},
            [],
            id="a graph that is none",
        ),
    ],
)
def test_the_registries_follow_the_objects(objects, declared, expected):
    done = plan(store=StoreFacts(declared=declared), catalog=make_catalog(make_task(), *objects))
    assert names(done.declare) == expected


@pytest.mark.parametrize(
    ("signed", "tasks", "known", "expected"),
    [
        pytest.param(True, [INLINE], {}, [("inline.x.main", True)], id="a store that has come back empty"),
        pytest.param(True, [INLINE], {"inline.x.main": "pass"}, [], id="source that is there"),
        pytest.param(True, [INLINE], {"inline.x.main": "old"}, [("inline.x.main", True)], id="source that has changed"),
        pytest.param(False, [INLINE], {}, [], id="no keys"),
        pytest.param(True, [], {"inline.x.main": "pass"}, [("inline.x.main", False)], id="a Task that is gone"),
        pytest.param(
            True,
            [make_task("x", function="inline.x.main")],
            {"inline.x.main": "pass"},
            [("inline.x.main", False)],
            id="a Task that has no source any more",
        ),
    ],
)
def test_the_sources_follow_the_tasks(signed, tasks, known, expected):
    reference = {"signingKeysSecretRef": {"name": "signing"}} if signed else {}
    app = make_app().model_copy(update={"spec": AppSpec.from_dict({"redis": {}, **reference})})
    done = plan(app, store=StoreFacts(declared={DeclaredKind.SOURCE: known}), tasks=tasks)
    assert [(one.name, bool(one.text)) for one in done.declare] == expected


def test_what_belongs_to_another_app_does_not_count():
    catalog = make_catalog(make_task(appRef={"name": "other"}), make_trigger(), make_workflow())
    assert plan(store=StoreFacts(declared={TRIGGER: {"x": "{}"}}), catalog=catalog).declare == (
        Declaration(TRIGGER, "x"),
    )


@pytest.mark.parametrize(
    ("limits", "tasks", "known", "expected"),
    [
        pytest.param(None, [], {}, (), id="none"),
        pytest.param({"gpu": 3}, [], {}, (("gpu", 3),), id="a new one"),
        pytest.param({"gpu": 3}, [], {"gpu": 3}, (), id="a known one"),
        pytest.param({"gpu": 5}, [], {"gpu": 3}, (("gpu", 5),), id="a changed one"),
        pytest.param(None, [], {"gpu": 3}, (("gpu", None),), id="one that was removed"),
        pytest.param(
            {"gpu": 1},
            [make_task(concurrency={"running": {"limit": 2}}), make_task("free")],
            {},
            (("gpu", 1), ("mail.send", 2)),
            id="that of a Task",
        ),
        pytest.param(None, [make_task()], {"mail.send": 2}, (("mail.send", None),), id="one that its Task dropped"),
    ],
)
def test_limits_follow_the_objects(limits, tasks, known, expected):
    definitions = {task.spec.function: TaskDefinition(task.spec.function) for task in tasks}
    done = plan(make_app(limits=limits), store=StoreFacts(definitions=definitions, limits=known), tasks=tasks)
    assert done.limits == expected


def test_objects_whose_numbers_changed_are_looked_at():
    workers = [WorkerInfo("w", pool="main", held=1)]
    quiet = make_task("quiet", status={"queued": 0, "parked": 0, "running": 0, "failedLastHour": 0})
    still = make_pool("still", status={"busy": 0})
    done = plan(
        store=StoreFacts(counts=COUNTS, workers=workers),
        tasks=[make_task(), quiet],
        pools=[make_pool(), still, make_pool("foreign", appRef={"name": "other"})],
    )
    assert done.touch == {ObjectKey("Task", NAMESPACE, "send"), ObjectKey("WorkerPool", NAMESPACE, "main")}


def test_the_signal_tells_whether_the_store_serves():
    assert plan().signal == plan(store=StoreFacts(counts=COUNTS)).signal != plan(store=UNREACHABLE).signal
