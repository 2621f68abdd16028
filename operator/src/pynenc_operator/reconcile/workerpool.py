"""WorkerPool: look at it, its App, its Deployment and pods, and carry the plan out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pynenc.api.v1alpha1 import App, WorkerPool
from pynenc.errors import BackendError
from pynenc_operator import reasons
from pynenc_operator.metrics import PoolFigures
from pynenc_operator.plan.app import StoreFacts
from pynenc_operator.plan.result import Manifest, News, ObjectKey, Plan
from pynenc_operator.plan.rollout import Rollout
from pynenc_operator.plan.scale_in import loads_of
from pynenc_operator.plan.sizing import Sizing
from pynenc_operator.plan.workerpool import ObservedPool, busy_workers, plan_workerpool
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.lost_pods import recover_lost
from pynenc_operator.reconcile.ports import ClusterError, Store
from pynenc_operator.reconcile.scaling import size_pool
from pynenc_operator.resources.guards import KINDS, guard_name
from pynenc_operator.resources.labels import selector_text

REFUSED = frozenset({400, 403, 422})
"""Statuses of the API server that say that an object is not as it should be."""
UNKNOWN_FIELD = "failed to create typed patch object"
"""How it begins what it says of a field that it does not know, with a status that says that itself is at fault."""


async def reconcile_workerpool(context: Context, key: ObjectKey) -> Plan:
    """Look at one WorkerPool. What belongs to one that is gone is removed by Kubernetes."""
    manifest = await context.cluster.get(key)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        context.memory.forget(key)
        return await context.gone(key)
    pool = WorkerPool.from_dict(manifest)
    app_key = ObjectKey("App", key.namespace, pool.spec.app_ref.name)
    context.dependents.record(key, (app_key,))
    app = await context.app(key.namespace, app_key.name)
    store = context.stores.get(app_key) if app else None
    facts = await _facts(store)
    observed = await _observe(context, key, pool, app, facts)
    lost = await recover_lost(context, pool, observed, store) if store is not None else ()
    sizing = await size_pool(context, key, pool, observed, facts, store)
    plan = plan_workerpool(pool, observed, sizing, context.now())
    refused = await _apply(context, plan, key)
    if refused:
        plan = plan_workerpool(pool, replace(observed, refused=refused), sizing, context.now())
    plan = replace(plan, apply=(), costs={}, news=(*lost, *plan.news))
    await context.applier.carry_out(key, manifest, pool.status, plan, store)
    context.memory.tell(key, _figures(pool, observed, sizing), is_scaled=any(map(_is_scaled, plan.news)))
    return plan


async def _facts(store: Store | None) -> StoreFacts | None:
    if store is None or store.problem is not None:
        return None
    try:
        return await store.facts()
    except BackendError:  # the App's conditions say so; the pool keeps its size
        return None


async def _observe(
    context: Context, key: ObjectKey, pool: WorkerPool, app: App | None, facts: StoreFacts | None
) -> ObservedPool:
    workers = None if facts is None else facts.workers
    deployment = await context.cluster.get(ObjectKey("Deployment", key.namespace, key.name))
    pods: Sequence[Manifest] = ()
    if deployment is not None or workers:
        pods = await context.cluster.pods(key.namespace, selector_text(pool))
    return ObservedPool(
        app=app,
        deployment=deployment,
        guards=await _guards(context, pool),
        tasks=await context.tasks(key.namespace),
        pods=pods,
        loads=loads_of(pods, workers or ()),
        workers=workers,
        written_seconds_ago=context.applier.written_seconds_ago(key),
    )


async def _guards(context: Context, pool: WorkerPool) -> Mapping[str, Manifest]:
    """What there is under the names of the pool's guards, by kind, whoever owns it."""
    found: dict[str, Manifest] = {}
    for kind in KINDS:
        objects = await context.cluster.list(kind, pool.metadata.namespace)
        found.update((kind, one) for one in objects if one["metadata"]["name"] == guard_name(pool))
    return found


async def _apply(context: Context, plan: Plan, key: ObjectKey) -> str:
    """Price pods, then apply; what the API server says against what it is given, or nothing."""
    try:
        await context.applier.apply(key, plan)
    except ClusterError as error:
        if error.status not in REFUSED and UNKNOWN_FIELD not in str(error):
            raise
        return str(error)
    return ""


def _is_scaled(news: News) -> bool:
    return news.reason == reasons.SCALED


def _figures(pool: WorkerPool, observed: ObservedPool, sizing: Sizing) -> PoolFigures:
    """The numbers of a pool as they are now."""
    rollout = Rollout.of(observed.deployment, wanted=sizing.replicas, outdated=False)
    workers = None if observed.workers is None else busy_workers(observed.workers, pool.metadata.name)
    return PoolFigures(
        backlog=None if sizing.demand is None else sizing.demand.backlog,
        asked=None if sizing.decision is None else sizing.decision.history.wanted[-1].number,
        desired=sizing.wanted,
        current=rollout.replicas,
        ready=rollout.ready,
        busy=workers,
        slots=pool.spec.slots,
    )
