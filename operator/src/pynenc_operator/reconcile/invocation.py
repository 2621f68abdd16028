"""Invocation: look at it, its Task and App, and what the store knows under its id, and carry the plan out."""

from __future__ import annotations

from dataclasses import replace

from pynenc.api.v1alpha1 import Invocation
from pynenc_operator.plan.invocation import ObservedInvocation, answered, ended, plan_invocation
from pynenc_operator.plan.request import identity_of
from pynenc_operator.plan.result import ObjectKey, Plan
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.ports import Store


async def reconcile_invocation(context: Context, key: ObjectKey) -> Plan:
    """Look at one Invocation. What was enqueued for one that is gone goes on."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        return await context.gone(key)
    invocation = Invocation.from_dict(manifest)
    store: Store | None = None
    observed = ObservedInvocation()
    if ended(invocation):
        context.dependents.record(key, ())
    else:
        observed, store = await _observe(context, key, invocation)
    plan = plan_invocation(invocation, observed, context.now())
    if plan.enqueue is not None and store is not None:
        plan = answered(invocation, plan, await store.enqueue(plan.enqueue), context.now())
    await context.applier.carry_out(key, manifest, invocation.status, plan, store)
    return plan


async def _observe(context: Context, key: ObjectKey, invocation: Invocation) -> tuple[ObservedInvocation, Store | None]:
    if invocation.spec.task_ref is None:
        return await _observe_workflow(context, key, invocation), None
    task_name = invocation.spec.task_ref.name
    tasks = await context.tasks(key.namespace)
    task = next((task for task in tasks if task.metadata.name == task_name), None)
    sources = [ObjectKey("Task", key.namespace, task_name)]
    if task is None:
        context.dependents.record(key, sources)
        return await _orphan(context, key, invocation)
    app_key = ObjectKey("App", key.namespace, task.spec.app_ref.name)
    context.dependents.record(key, [*sources, app_key])
    app = await context.app(key.namespace, app_key.name)
    store = context.stores.get(app_key) if app else None
    observed = ObservedInvocation(
        task=task, app=app, known=store is not None, store=store.problem if store is not None else None
    )
    # What stands in the status may be another one, that stands for this object.
    invocation_id = invocation.status.invocation_id or identity_of(invocation, task)
    return await _with_record(observed, store, invocation_id), store


async def _observe_workflow(context: Context, key: ObjectKey, invocation: Invocation) -> ObservedInvocation:
    name = invocation.spec.workflow_ref.name if invocation.spec.workflow_ref else ""
    context.dependents.record(key, [ObjectKey("Workflow", key.namespace, name)])
    return ObservedInvocation(workflow=name in (await context.catalog(key.namespace)).workflows)


async def _orphan(context: Context, key: ObjectKey, invocation: Invocation) -> tuple[ObservedInvocation, Store | None]:
    """Its Task is gone, and with it the name of the App; if it was enqueued, one of the stores knows it."""
    invocation_id = invocation.status.invocation_id
    if invocation_id is not None:
        for store in context.stores.of_namespace(key.namespace):
            observed = await _with_record(ObservedInvocation(store=store.problem), store, invocation_id)
            if observed.record is not None:
                return observed, store
    return ObservedInvocation(), None


async def _with_record(observed: ObservedInvocation, store: Store | None, invocation_id: str) -> ObservedInvocation:
    if store is None or store.problem is not None:
        return observed
    record = await store.record(invocation_id)
    if record is None:
        return observed
    worker = await store.host_of(record.worker) if record.worker else ""
    return replace(observed, record=record, worker=worker)
