"""Workflow: look at it and at all that it names, and carry the plan out."""

from __future__ import annotations

from pynenc.api.v1alpha1 import Workflow
from pynenc.core.records import DeclaredKind
from pynenc_operator.plan.catalog import app_of, tasks_of
from pynenc_operator.plan.result import ObjectKey, Plan
from pynenc_operator.plan.workflow import plan_workflow
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.declared import known_of


async def reconcile_workflow(context: Context, key: ObjectKey) -> Plan:
    """Look at one Workflow. One that is gone is taken out by its App, which is looked at instead."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        await context.gone(key)
        return await context.all_apps(key.namespace)
    workflow = Workflow.from_dict(manifest)
    catalog = await context.catalog(key.namespace)
    tasks = tasks_of(workflow)
    app_key = ObjectKey("App", key.namespace, app_of(tasks, catalog))
    context.dependents.record(key, (app_key, *(ObjectKey("Task", key.namespace, name) for name in tasks)))
    store = context.stores.get(app_key) if app_key.name in catalog.apps else None
    plan = plan_workflow(workflow, catalog, await known_of(store, DeclaredKind.WORKFLOW), context.now())
    await context.applier.carry_out(key, manifest, workflow.status, plan, store)
    return plan
