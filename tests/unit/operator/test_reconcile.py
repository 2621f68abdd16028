"""Reconciling looks at cluster and store as they are, does what is missing, and nothing when nothing is."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from pynenc.api.v1alpha1 import App
from pynenc.core.records import Answer, DeclaredKind, TaskDefinition
from pynenc.errors import BackendUnavailable
from pynenc_operator.plan.result import ObjectKey, Problem
from pynenc_operator.reconcile.controller import RECONCILERS, Controller
from pynenc_operator.reconcile.ports import ClusterError, StaleLeaderError
from pynenc_operator.reconcile.task import reconcile_task
from pynenc_operator.store import problem_of
from unit.operator.builders import NAMESPACE, make_app
from unit.operator.memory_cluster import key_of
from unit.operator.world import World

GONE = {"deletionTimestamp": "2026-11-25T12:00:00Z"}


@pytest.fixture
async def world():
    made = World()
    yield made
    made.close()


async def test_the_path_from_objects_to_a_result(world):
    app, task, pool, once = world.app(), world.task(), world.pool(), world.invocation()
    await world.look(app, task, pool, once)
    assert world.condition(app, "Ready") == ("True", "Connected")
    assert world.condition(task, "Ready") == ("True", "Published")
    assert world.condition(once, "Accepted") == ("True", "Accepted")
    assert ObjectKey("Deployment", NAMESPACE, "main") in world.cluster.objects
    assert world.store().orchestrator.definitions() == {"mail.send": TaskDefinition("mail.send")}
    world.run_one({"sent": 3})
    assert await asyncio.wait_for(world.queue.get(), 10) == once
    await world.look(once)
    assert world.cluster.status(once)["result"] == {"sent": 3}
    assert world.cluster.status(once)["worker"] == "pod-1"


async def test_looking_again_writes_nothing(world):
    keys = [world.app(), world.task(), world.pool(), world.invocation()]
    await world.look(*keys, *keys)
    before, counts = world.cluster.writes.copy(), world.store().orchestrator.counts()
    await world.look(*keys)
    assert world.cluster.writes == before
    assert world.store().orchestrator.counts() == counts


async def test_a_deleted_task_is_withdrawn_by_its_app(world):
    app, task = world.app(), world.task()
    await world.look(app, task)
    del world.cluster.objects[task]
    plan = await world.look(task)
    assert plan.touch == {app}
    await world.look(app)
    assert world.store().orchestrator.definitions() == {}


async def test_triggers_and_workflows_are_declared_changed_and_taken_out(world):
    app, task = world.app(), world.task()
    workflow, trigger = world.workflow(), world.trigger()
    await world.look(trigger, workflow)
    assert world.condition(trigger, "Ready") == world.condition(workflow, "Ready") == ("Unknown", "AppNotReady")
    await world.look(app, task, workflow, trigger)
    orchestrator = world.store().orchestrator
    assert world.condition(trigger, "Ready") == world.condition(workflow, "Ready") == ("False", "NotEvaluated")
    before = [orchestrator.declared(kind) for kind in DeclaredKind]
    assert [list(known) for known in before] == [["nightly"], ["orders"], [], []]
    world.trigger(workflowRef={"name": "orders"}, when=[{"status": {"taskRef": {"name": "send"}}}])
    await world.look(trigger)
    assert world.condition(trigger, "Accepted") == ("False", "TriggerLoop")
    assert orchestrator.declared(DeclaredKind.TRIGGER) == {}
    assert trigger in world.dependents.of(ObjectKey("Trigger", NAMESPACE, "other"))
    assert trigger in world.dependents.of(workflow) & world.dependents.of(task) & world.dependents.of(app)
    for key in (trigger, workflow):
        del world.cluster.objects[key]
        assert (await world.look(key)).touch == {app}
    await world.look(app)
    assert orchestrator.declared(DeclaredKind.WORKFLOW) == {}


async def test_triggers_and_workflows_of_a_store_that_is_away_say_so(world):
    app, _task, workflow, trigger = world.app(), world.task(), world.workflow(), world.trigger()
    await world.look(app)
    world.stores.get(app).problem = Problem("RedisUnreachable", "gone")
    await world.look(workflow, trigger)
    assert world.condition(trigger, "Ready") == world.condition(workflow, "Ready") == ("False", "RedisUnreachable")


async def test_an_invocation_of_a_workflow_says_that_nothing_runs_it(world):
    once = world.invocation(workflowRef={"name": "orders"})
    await world.look(once)
    assert world.condition(once, "Accepted") == ("False", "WorkflowNotFound")
    workflow = world.workflow()
    assert once in world.dependents.of(workflow)
    await world.look(once)
    assert world.condition(once, "Accepted") == ("False", "WorkflowsNotRun")


@pytest.mark.parametrize("kind", ["App", "WorkerPool", "Invocation", "Trigger", "Workflow"])
async def test_what_is_gone_is_forgotten(world, kind):
    plan = await world.look(ObjectKey(kind, NAMESPACE, "gone"))
    assert (plan.signal, plan.touch, plan.requeue_after) == (None, frozenset(), None)
    assert world.cluster.writes == {}


async def test_the_url_of_a_store_may_be_in_a_secret(world):
    reference = {"urlSecretRef": {"name": "redis", "key": "url"}}
    app = world.cluster.put("App", make_app(world.name, redis=reference))
    await world.look(app)
    assert world.condition(app, "Ready") == ("False", "SecretNotFound")
    world.cluster.secrets["redis", "url"] = "redis://127.0.0.1:1/0"
    await world.look(app)
    assert world.condition(app, "RedisReachable") == ("False", "RedisUnreachable")
    assert world.cluster.events == ["SecretNotFound", "RedisUnreachable"]


async def test_while_the_store_is_away_its_objects_do_not_ask_it(world):
    app, task, pool, once = world.app(), world.task(), world.pool(), world.invocation()
    await world.look(app)
    store = world.stores.get(app)
    store.problem = Problem("RedisUnreachable", "cannot reach redis")
    plan = await world.look(task, pool, once)
    assert world.condition(task, "Ready") == ("False", "RedisUnreachable")
    assert world.cluster.status(once) == {"conditions": []}
    assert plan.requeue_after == 30.0


async def test_an_outcome_is_found_although_the_task_is_gone(world):
    app, task, once = world.app(), world.task(), world.invocation()
    await world.look(app, task, once)
    world.run_one(7)
    del world.cluster.objects[task]
    await world.look(once)
    assert world.cluster.status(once)["result"] == 7


async def test_an_orphan_that_was_never_queued_is_refused(world):
    once = world.invocation()
    await world.look(once)
    assert world.condition(once, "Accepted") == ("False", "TaskNotFound")


async def test_an_orphan_whose_record_is_gone_is_refused(world):
    app, once = world.app(), world.invocation(taskRef={"name": "lost"})
    await world.look(app)
    world.cluster.objects[once]["status"] = {"invocationID": "id"}
    await world.look(once)
    assert world.condition(once, "Accepted") == ("False", "TaskNotFound")


async def test_a_finished_one_is_deleted_by_its_uid(world):
    app, task, once = world.app(), world.task(), world.invocation(ttlSecondsAfterFinished=0)
    await world.look(app, task, once)
    world.run_one(7)
    await world.look(once, once)
    assert once not in world.cluster.objects


async def test_pods_are_looked_at_while_some_are_missing(world):
    app, pool = world.app(), world.pool()
    await world.look(app, pool)
    waiting = {"reason": "ErrImagePull", "message": "no such image"}
    status = {"containerStatuses": [{"name": "worker", "image": "x", "state": {"waiting": waiting}}]}
    world.cluster.pods_listed = [{"metadata": {"name": "main-1", "uid": "p1"}, "status": status}]
    await world.look(pool)
    assert world.condition(pool, "Ready") == ("False", "InvalidImage")


async def test_a_newer_leader_ends_this_one(world):
    app = world.app()
    await world.look(app)
    assert world.store().orchestrator.open(9) is Answer.OK
    with pytest.raises(StaleLeaderError):
        await world.look(app)


def test_a_problem_says_where_and_shows_no_password():
    assert problem_of(BackendUnavailable("cannot reach redis at h:1")) == Problem(
        "RedisUnreachable", "cannot reach redis at h:1"
    )


@asynccontextmanager
async def controlled(world):
    """A controller at work on the queue of a world."""
    controller = Controller(world.context, world.queue)
    running = asyncio.ensure_future(controller.run(2))
    await asyncio.sleep(0)
    yield controller
    running.cancel()
    await asyncio.wait([running])


async def until(look):
    async with asyncio.timeout(10):
        while not look():
            await asyncio.sleep(0.01)


async def test_a_resync_brings_everything_to_rest(world):
    world.invocation(), world.task(), world.pool()
    seen = []
    async with controlled(world) as controller:

        def told(kind, namespace, objects):
            seen.append(kind)
            return {key_of(manifest) for manifest in objects}

        resync = asyncio.ensure_future(controller.resync(world.cluster.list, [NAMESPACE], 0.1, told))
        task, once = ObjectKey("Task", NAMESPACE, "send"), ObjectKey("Invocation", NAMESPACE, "once")
        await until(lambda: world.cluster.objects[task]["status"].get("conditions"))
        assert world.condition(task, "Accepted") == ("False", "AppNotFound")
        world.app()
        await until(lambda: world.condition(once, "Accepted") == ("True", "Accepted"))
        await until(lambda: world.condition(task, "Ready") == ("True", "Published"))
        resync.cancel()
    assert set(seen) == set(RECONCILERS)


async def test_a_task_that_changes_tells_the_others_of_its_function_once(world):
    first, twin, other = (world.task(name) for name in ("send", "twin", "greet"))
    world.cluster.objects[twin]["spec"]["function"] = world.cluster.objects[first]["spec"]["function"]
    world.cluster.objects[other]["spec"]["function"] = "shop.tasks.greet"
    assert (await reconcile_task(world.context, first)).touch == {twin}
    assert (await reconcile_task(world.context, first)).touch == set()
    assert world.dependents.of(first) == set()
    await reconcile_task(world.context, twin)
    assert world.dependents.of(first) == {twin}
    assert other not in world.dependents.of(first)


async def test_a_resync_looks_at_a_task_that_no_event_has_brought(world):
    task, app = world.task(), world.app()
    untold, rounds = iter([{task}, set(), {task}]), []

    async def lister(kind, namespace):
        if kind == "App":
            rounds.append(await drained(world.queue))
        return await world.cluster.list(kind, namespace)

    def seen(kind, *_):
        return next(untold, set()) if kind == "Task" else set()

    controller = Controller(world.context, world.queue)
    resync = asyncio.ensure_future(controller.resync(lister, [NAMESPACE], 0.01, seen))
    await until(lambda: len(rounds) > 3)
    resync.cancel()
    assert rounds[1:4] == [{app, task}, {app}, {app, task}]


async def drained(queue):
    """All keys that wait, taken out."""
    found = set()
    while not queue.idle:
        key = await queue.get()
        queue.done(key)
        found.add(key)
    return found


async def test_an_error_does_not_stop_the_others(world):
    app, task = world.app(), world.task()
    async with controlled(world) as controller:
        world.cluster.broken = ClusterError("boom", 500)
        world.queue.add(app)
        await until(lambda: world.queue.idle)
        world.cluster.broken = RuntimeError("bug")
        world.queue.add(task)
        await until(lambda: world.queue.idle)
        world.cluster.broken = None
        await until(lambda: world.cluster.objects[app].get("status", {}).get("conditions"))
        assert controller.idle_seconds() < 10


async def test_an_object_that_cannot_be_read_is_left_alone(world):
    pool = world.pool()
    world.cluster.objects[pool]["spec"]["slots"] = "many"
    async with controlled(world):
        world.queue.add(pool)
        await until(lambda: world.queue.idle)
    assert world.cluster.writes == {}


async def test_a_list_that_fails_is_tried_again_at_the_next_resync(world):
    answers = iter([ClusterError("down"), []])

    async def lister(kind, namespace):
        answer = next(answers, [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    controller, seen = Controller(world.context, world.queue), []
    resync = asyncio.ensure_future(
        controller.resync(lister, [NAMESPACE], 0.01, lambda kind, *_: seen.append(kind) or set())
    )
    await until(lambda: "App" in seen)
    resync.cancel()


async def test_a_newer_leader_stops_the_controller():
    world = World()
    app = world.app()
    await world.look(app)
    world.store().orchestrator.open(9)
    world.queue.add(app)
    with pytest.RaisesGroup(StaleLeaderError):
        await Controller(world.context, world.queue).run(1)
    world.stores.close()


def test_an_app_without_a_store_is_only_possible_in_memory():
    assert App.from_dict({"spec": {"redis": {}}}).spec.redis.url is None
