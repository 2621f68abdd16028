"""Trigger: look at it and at all that it names, and carry the plan out."""

from __future__ import annotations

from pynenc.api.v1alpha1 import Trigger
from pynenc.core.records import DeclaredKind
from pynenc_operator.plan.catalog import Catalog, app_of, started_by
from pynenc_operator.plan.loops import unbounded_sources
from pynenc_operator.plan.result import ObjectKey, Plan
from pynenc_operator.plan.trigger import plan_trigger, watched_by
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.declared import known_of
from pynenc_operator.reconcile.dependents import ANY


async def reconcile_trigger(context: Context, key: ObjectKey) -> Plan:
    """Look at one Trigger. One that is gone is taken out by its App, which is looked at instead."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        await context.gone(key)
        return await context.all_apps(key.namespace)
    trigger = Trigger.from_dict(manifest)
    catalog = await context.catalog(key.namespace)
    app_name = app_of(started_by(trigger, catalog), catalog)
    context.dependents.record(key, _sources(key.namespace, trigger, catalog, app_name))
    store = context.stores.get(ObjectKey("App", key.namespace, app_name)) if app_name in catalog.apps else None
    plan = plan_trigger(trigger, catalog, await known_of(store, DeclaredKind.TRIGGER), context.now())
    await context.applier.carry_out(key, manifest, trigger.status, plan, store)
    return plan


def _sources(namespace: str, trigger: Trigger, catalog: Catalog, app_name: str) -> list[ObjectKey]:
    tasks = dict.fromkeys([*started_by(trigger, catalog), *watched_by(trigger)])
    sources = [ObjectKey("App", namespace, app_name), *(ObjectKey("Task", namespace, name) for name in tasks)]
    if trigger.spec.workflow_ref is not None:
        sources.append(ObjectKey("Workflow", namespace, trigger.spec.workflow_ref.name))
    if unbounded_sources(trigger):
        sources.append(ObjectKey("Trigger", namespace, ANY))
    return sources
