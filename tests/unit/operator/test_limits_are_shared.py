"""Objects and calls of the SDK keep the same limits: one store, one task, both ways to ask."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from pynenc import ConcurrencyControlType
from pynenc.api.v1alpha1 import AppSpec, Redis, Task
from pynenc.core.records import Answer, WorkerInfo
from pynenc.core.status import Status
from pynenc.manifests.discover import declared_tasks
from pynenc.manifests.render import render
from pynenc.orchestrator.base import ClaimRequest
from pynenc_operator.plan.result import ObjectKey
from unit.operator.builders import NAMESPACE, make_app, metadata
from unit.operator.world import World

KEYS = ConcurrencyControlType.KEYS


def charge(customer: str, amount: float, note: str = "") -> None:
    """Nothing is charged."""


@pytest.fixture
async def shop():
    """An App whose tasks are applied as they are emitted."""
    made = Shop()
    await made.look(made.app())
    yield made
    made.close()


class Shop(World):
    """A world with the code of its tasks."""

    def limited(self, **limits):
        """The App with other shared limits."""
        model = make_app(self.name)
        spec = AppSpec(redis=Redis(), limits=limits or None)
        return self.cluster.put("App", model.model_copy(update={"spec": spec}))

    async def declare(self, **options):
        """The function as a task of the SDK, and the object that is emitted for it, applied."""
        app = self.store()
        app.conf.limits = {"till": 9}
        task = app.task(**options)(charge)
        [document] = render(declared_tasks(app), self.name, NAMESPACE)
        document["metadata"] = metadata("charge")
        await self.look(self.cluster.put("Task", Task.from_dict(document)))
        return task

    async def change(self, **spec):
        """`kubectl patch` of the Task."""
        key = ObjectKey("Task", NAMESPACE, "charge")
        self.cluster.objects[key]["spec"] |= spec
        await self.look(key)

    async def ask(self, name, **spec):
        """An Invocation object that has been looked at; its status."""
        once = self.invocation(name, taskRef={"name": "charge"}, **spec)
        await self.look(once)
        return self.cluster.status(once)

    def claim(self, number=10):
        """What a worker gets that asks for so many."""
        assert self.store().orchestrator.join(WorkerInfo("w", "pod-1", "main"), 60) in (Answer.OK, Answer.DUPLICATE)
        items = self.store().orchestrator.claim("w", ClaimRequest(uuid.uuid4().hex, ("default",), number)).items
        return {item.invocation_id for item in items}

    def statuses(self, *ids):
        return [record.status for record in self.store().state_backend.records(ids)]


async def test_objects_and_calls_run_one_at_a_time_by_the_same_key(shop):
    task = await shop.declare(running_concurrency=KEYS, key_arguments=("customer", "amount"))
    called = task("ada", 5)
    equal = await shop.ask("equal", arguments={"customer": "ada", "amount": 5, "note": "again"})
    other = await shop.ask("other", arguments={"customer": "bob", "amount": 5})
    assert shop.claim() == {called.invocation_id, other["invocationID"]}
    assert shop.statuses(equal["invocationID"]) == [Status.CONCURRENCY_CONTROLLED]


async def test_an_argument_that_is_left_out_is_compared_as_its_default(shop):
    task = await shop.declare(running_concurrency=ConcurrencyControlType.ARGUMENTS)
    called = task("ada", 5.0, note="")
    await shop.ask("equal", arguments={"customer": "ada", "amount": 5})
    assert shop.claim() == {called.invocation_id}


async def test_an_object_mirrors_the_call_that_waits_under_its_key(shop):
    task = await shop.declare(registration_concurrency=KEYS, key_arguments=("customer",))
    called = task("ada", 5)
    status = await shop.ask("again", arguments={"customer": "ada", "amount": 6})
    assert status["invocationID"] == called.invocation_id
    shop.run_one(None)
    await shop.look(ObjectKey("Invocation", NAMESPACE, "again"))
    assert shop.condition(ObjectKey("Invocation", NAMESPACE, "again"), "Succeeded") == ("True", "Succeeded")


async def test_an_object_with_other_arguments_is_refused_if_the_task_says_so(shop):
    task = await shop.declare(
        registration_concurrency=KEYS, key_arguments=("customer",), on_diff_non_key_args_raise=True
    )
    task("ada", 5)
    await shop.ask("other", arguments={"customer": "ada", "amount": 6})
    assert shop.condition(ObjectKey("Invocation", NAMESPACE, "other"), "Succeeded") == ("False", "DifferentArguments")


async def test_objects_and_calls_share_a_key_of_the_users(shop):
    task = await shop.declare()
    status = await shop.ask("first", arguments={"customer": "ada", "amount": 5}, idempotencyKey="order-7")
    assert task.with_options(idempotency_key="order-7")("ada", 5).invocation_id == status["invocationID"]


async def test_two_objects_of_one_key_are_both_told_the_end(shop):
    await shop.declare()
    for name in ("first", "second"):
        await shop.ask(name, arguments={"customer": "ada", "amount": 5}, idempotencyKey="order-7")
    shop.run_one(None)
    woken = {await asyncio.wait_for(shop.queue.get(), 10) for _ in range(2)}
    assert woken == {ObjectKey("Invocation", NAMESPACE, name) for name in ("first", "second")}


async def test_what_is_over_a_limit_is_dropped_if_the_task_says_so(shop):
    task = await shop.declare(running_concurrency=ConcurrencyControlType.TASK, on_limit="drop")
    called = task("ada", 5)
    status = await shop.ask("late", arguments={"customer": "bob", "amount": 5})
    assert shop.claim() == {called.invocation_id}
    late = ObjectKey("Invocation", NAMESPACE, "late")
    await shop.look(late)
    assert shop.condition(late, "Succeeded") == ("False", "Dropped")
    assert shop.cluster.status(late)["invocationID"] == status["invocationID"]


async def test_a_running_limit_that_is_raised_lets_queued_calls_go_on(shop):
    task = await shop.declare(running_concurrency=ConcurrencyControlType.TASK)
    called = [task(name, 1) for name in ("ada", "bob", "cyd")]
    assert len(shop.claim()) == 1
    await shop.change(concurrency={"running": {"mode": "Task", "limit": 2}})
    assert shop.store().orchestrator.limits() == {task.task_id: 2}
    assert len(shop.claim()) == 1
    assert shop.statuses(*(each.invocation_id for each in called))[2] is Status.CONCURRENCY_CONTROLLED
    await shop.change(concurrency={"running": {"mode": "Task"}})
    assert shop.store().orchestrator.limits() == {}


async def test_the_numbers_of_shared_limits_are_those_of_the_app(shop):
    app = shop.limited(till=1)
    await shop.look(app)
    task = await shop.declare(limits=("till",))
    called = [task(name, 1) for name in ("ada", "bob")]
    waits = await shop.ask("third", arguments={"customer": "cyd", "amount": 1})
    assert shop.claim() == {called[0].invocation_id}
    shop.limited(till=3)
    await shop.look(app)
    assert shop.claim() == {called[1].invocation_id, waits["invocationID"]}
    shop.limited()
    await shop.look(app)
    assert shop.store().orchestrator.limits() == {}
    task_key = ObjectKey("Task", NAMESPACE, "charge")
    await shop.look(task_key)
    assert shop.condition(task_key, "Accepted") == ("False", "UnknownLimit")


async def test_a_task_that_is_deleted_takes_its_limit_along(shop):
    await shop.declare(running_concurrency=ConcurrencyControlType.TASK, running_limit=4)
    assert list(shop.store().orchestrator.limits().values()) == [4]
    del shop.cluster.objects[ObjectKey("Task", NAMESPACE, "charge")]
    await shop.look(ObjectKey("App", NAMESPACE, shop.name))
    assert shop.store().orchestrator.limits() == {}


async def test_an_object_that_waits_is_cancelled(shop):
    await shop.declare()
    once = ObjectKey("Invocation", NAMESPACE, "once")
    await shop.ask("once", arguments={"customer": "ada", "amount": 1})
    shop.cluster.objects[once]["spec"]["cancel"] = True
    await shop.look(once, once)
    assert shop.cluster.status(once)["phase"] == "CANCELLED"
    assert shop.condition(once, "Succeeded") == ("False", "Cancelled")
    assert shop.claim() == set()
