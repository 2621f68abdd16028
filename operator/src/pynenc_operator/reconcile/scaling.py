"""The size of one pool: read the demand, decide, drain the pods that are to go, and say what can be done now."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import takewhile

from pynenc.api.v1alpha1 import WorkerPool
from pynenc.errors import BackendError
from pynenc_operator.plan.app import StoreFacts
from pynenc_operator.plan.demand import Demand, demand_of
from pynenc_operator.plan.result import ObjectKey
from pynenc_operator.plan.rollout import Rollout
from pynenc_operator.plan.scale_in import DRAIN_SECONDS, PodLoad, is_settled, leaving
from pynenc_operator.plan.scaling import Decision, ScalingHistory, decide, mode_of, scaling_of
from pynenc_operator.plan.sizing import Sizing, size_now, wanted_size
from pynenc_operator.plan.workerpool import ObservedPool, live_deployment, size_of
from pynenc_operator.reconcile.context import Context
from pynenc_operator.reconcile.ports import Store


async def size_pool(
    context: Context,
    key: ObjectKey,
    pool: WorkerPool,
    observed: ObservedPool,
    facts: StoreFacts | None,
    store: Store | None,
) -> Sizing:
    """What size a pool is to have, and what its Deployment is to be told now. `facts` None: the store is not read."""
    demand = await _demand(pool, observed, facts, store)
    current = size_of(live_deployment(pool, observed.deployment))
    decision = None if demand is None else _decide(context, key, pool, demand, current or 0)
    mode = mode_of(pool.spec)
    wanted = wanted_size(pool, current, decision if mode == "Native" else None)
    sizing = Sizing(mode, wanted, wanted, decision, demand)
    if current is None or store is None or demand is None or pool.spec.paused:
        return sizing
    rollout = Rollout.of(observed.deployment, wanted=current, outdated=False)
    settled = is_settled(rollout, current, observed.loads)
    marked = context.memory.marked.get(key, frozenset())
    if settled or (mode != "Native" and wanted < current):
        loads = await _as_of_now(observed.loads, marked, store) if wanted < current else observed.loads
        chosen = leaving(loads, current - wanted, marked)
    else:  # Kubernetes has not removed yet what it was told to remove
        chosen = [load for load in observed.loads if load.uid in marked]
    going = await _drain(observed.loads, chosen, marked, store)
    context.memory.marked[key] = frozenset(load.uid for load in going)
    if mode != "Native":
        return replace(sizing, going=going)
    # Kubernetes takes pods that are not ready before any other, also one that works by now: then none can go.
    idle = list(takewhile(lambda load: not load.held, going))
    # Who sets the size by hand, or by an autoscaler, gets it at once; here, what works may end its work.
    return replace(
        sizing, replicas=size_now(wanted, current, len(observed.loads), len(idle), settled=settled), going=idle
    )


async def _demand(
    pool: WorkerPool, observed: ObservedPool, facts: StoreFacts | None, store: Store | None
) -> Demand | None:
    if facts is None or store is None or observed.workers is None:
        return None
    try:
        ready = await store.ready(pool.spec.queues)
    except BackendError:
        return None
    ours = [worker for worker in observed.workers if worker.pool == pool.metadata.name]
    return demand_of(ready, facts.counts, facts.definitions, facts.limits, ours, pool.spec.slots)


def _decide(context: Context, key: ObjectKey, pool: WorkerPool, demand: Demand, current: int) -> Decision:
    histories, now = context.memory.histories, context.now()
    history = histories.get(key) or ScalingHistory.beginning(now)
    decision = decide(scaling_of(pool.spec), pool.spec.slots, demand, current, history, now)
    histories[key] = decision.history
    return decision


async def _as_of_now(loads: Sequence[PodLoad], marked: Set[str], store: Store) -> Sequence[PodLoad]:
    """The same pods with what they hold now; those that are drained stay so.

    What was read with the other numbers of the store may be a second old, in which an idle pod begins to work.
    """
    held: dict[str, int] = {}
    for seconds, is_marked in ((0.0, False), (DRAIN_SECONDS, True)):
        uids = [load.uid for load in loads if (load.uid in marked) == is_marked]
        if uids:
            held.update(zip(uids, await store.drain(uids, seconds), strict=True))
    return [replace(load, held=held[load.uid]) for load in loads]


async def _drain(
    loads: Sequence[PodLoad], going: Sequence[PodLoad], marked: Set[str], store: Store
) -> Sequence[PodLoad]:
    """Drain the pods that are to go, and tell what they hold since; those that stay after all may work again."""
    uids = [load.uid for load in going]
    staying = [load.uid for load in loads if load.uid in marked and load.uid not in uids]
    if staying:
        await store.drain(staying, 0)
    held = await store.drain(uids, DRAIN_SECONDS) if uids else ()
    return [replace(load, held=number) for load, number in zip(going, held, strict=True)]
