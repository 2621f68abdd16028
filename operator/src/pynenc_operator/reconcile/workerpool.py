"""WorkerPool: look at it, its App, its Deployment and pods, and carry the plan out."""

from __future__ import annotations

from collections.abc import Sequence

from pynenc.api.v1alpha1 import WorkerPool
from pynenc.core.records import WorkerInfo
from pynenc_operator.plan.result import Manifest, ObjectKey, Plan
from pynenc_operator.plan.rollout import Rollout
from pynenc_operator.plan.workerpool import ObservedPool, plan_workerpool
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.ports import Store
from pynenc_operator.resources.labels import selector_text


async def reconcile_workerpool(context: Context, key: ObjectKey) -> Plan:
    """Look at one WorkerPool. The Deployment of one that is gone is removed by Kubernetes."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        return await context.gone(key)
    pool = WorkerPool.from_dict(manifest)
    app_key = ObjectKey("App", key.namespace, pool.spec.app_ref.name)
    context.dependents.record(key, (app_key,))
    app = await context.app(key.namespace, app_key.name)
    deployment = await context.cluster.get(ObjectKey("Deployment", key.namespace, key.name))
    observed = ObservedPool(
        app=app,
        deployment=deployment,
        pods=await _pods(context, pool, deployment),
        workers=await _workers(context.stores.get(app_key) if app else None),
        written_seconds_ago=context.applier.written_seconds_ago(key),
    )
    plan = plan_workerpool(pool, observed, context.now())
    await context.applier.carry_out(key, manifest, pool.status, plan, None)
    return plan


async def _pods(context: Context, pool: WorkerPool, deployment: Manifest | None) -> Sequence[Manifest]:
    """Pods are only of interest while some are missing: they may say why."""
    if deployment is None or Rollout.of(deployment, wanted=pool.spec.replicas, outdated=False).complete:
        return ()
    return await context.cluster.pods(pool.metadata.namespace, selector_text(pool))


async def _workers(store: Store | None) -> Sequence[WorkerInfo] | None:
    if store is None or store.problem is not None:
        return None
    return (await store.facts()).workers
