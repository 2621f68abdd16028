"""Task: look at it, its App, its siblings and the pools, and carry the plan out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pynenc.api.v1alpha1 import Task
from pynenc.core.records import DeclaredKind
from pynenc_operator.plan.result import ObjectKey, Plan, Problem
from pynenc_operator.plan.task import ObservedTask, TaskFacts, plan_task
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.dependents import ANY
from pynenc_operator.reconcile.ports import Store


async def reconcile_task(context: Context, key: ObjectKey) -> Plan:
    """Look at one Task. One that is gone is withdrawn by its App, which is looked at instead."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        await context.gone(key)
        return await context.all_apps(key.namespace)
    task = Task.from_dict(manifest)
    app_key = ObjectKey("App", key.namespace, task.spec.app_ref.name)
    tasks = await context.tasks_of(key.namespace, task.task_id)
    rivals = _rivals(key, tasks)
    context.dependents.record(key, (app_key, ObjectKey("WorkerPool", key.namespace, ANY), *rivals))
    app = await context.app(key.namespace, app_key.name)
    store = context.stores.get(app_key) if app else None
    observed = ObservedTask(
        app=app,
        store=await _facts(store, task),
        tasks=tasks,
        pools=await context.pools(key.namespace),
        written_seconds_ago=context.applier.written_seconds_ago(key),
    )
    plan = plan_task(task, observed, context.now())
    await context.applier.carry_out(key, manifest, task.status, plan, store)
    is_news = task.status.observed_generation != task.metadata.generation
    return replace(plan, touch=plan.touch | rivals) if is_news else plan


def _rivals(key: ObjectKey, tasks: Sequence[Task]) -> frozenset[ObjectKey]:
    """Other Tasks of the function: the oldest one is accepted, so a change of one may matter to the others.

    Those that this one depends on tell it by themselves; it tells those that it is new to.
    """
    return frozenset(ObjectKey("Task", key.namespace, other.metadata.name) for other in tasks) - {key}


async def _facts(store: Store | None, task: Task) -> TaskFacts | Problem | None:
    if store is None or store.problem is not None:
        return store.problem if store else None
    facts = await store.facts()
    function = task.task_id
    source = facts.declared.get(DeclaredKind.SOURCE, {}).get(function)
    distrusted = store.distrust(function, task.spec.source.text) if task.spec.source else ""
    definition, limit = facts.definitions.get(function), facts.limits.get(function)
    return TaskFacts(definition, facts.counts, limit, source, facts.code, distrusted)
