"""WorkerPool: one Deployment and what guards its pods, and a status that says what became of them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Task, WorkerPool, WorkerPoolStatus
from pynenc.core.records import WorkerInfo
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.counters import INTERVAL_SECONDS, coalesced
from pynenc_operator.plan.drift import holds, stamped
from pynenc_operator.plan.grace import grace_of
from pynenc_operator.plan.pool_verdicts import scaling_news, scaling_verdicts, template_verdict
from pynenc_operator.plan.result import Manifest, Plan, Vigil
from pynenc_operator.plan.rollout import Rollout, rollout_verdicts
from pynenc_operator.plan.scale_in import PodLoad, costs
from pynenc_operator.plan.scaling import per_slot_of, scaling_of
from pynenc_operator.plan.serving import unknown_queue
from pynenc_operator.plan.sizing import Sizing
from pynenc_operator.resources.deployment import deployment_of
from pynenc_operator.resources.guards import guards_of
from pynenc_operator.resources.labels import selector_text

NUMBERS = frozenset({"busy", "backlog"})
PENDING_SECONDS = 10.0
"""How soon to look again at pods that are not ready: nothing says so when an image cannot be pulled."""
SCALING_SECONDS = 5.0
"""How often to look at the demand while there is some, or more pods than are needed for none."""
LEAVING_SECONDS = 2.0
"""How often to look whether pods that are to go are idle by now."""


@dataclass(frozen=True, slots=True)
class ObservedPool:
    """What there is around a WorkerPool.

    `deployment` is the one of that name, whoever owns it, and `guards` is what there is of the names of its guards.
    `workers` None means that the store has not been read. `refused` is what the API server said against the
    Deployment when it was applied just now.
    """

    app: App | None
    deployment: Manifest | None = None
    guards: Mapping[str, Manifest] = field(default_factory=dict)
    tasks: Sequence[Task] = ()
    pods: Sequence[Manifest] = ()
    loads: Sequence[PodLoad] = ()
    workers: Sequence[WorkerInfo] | None = None
    written_seconds_ago: float | None = None
    refused: str = ""


def live_deployment(pool: WorkerPool, deployment: Manifest | None) -> Manifest | None:
    """The Deployment, if it is the pool's own."""
    return deployment if deployment is not None and owned_by(deployment, pool.metadata.uid) else None


def size_of(deployment: Manifest | None) -> int | None:
    """The number of pods that a Deployment asks for, None if there is none."""
    return None if deployment is None else int(deployment["spec"].get("replicas", 1))


def plan_workerpool(pool: WorkerPool, observed: ObservedPool, sizing: Sizing, now: datetime) -> Plan:
    """What is to be done about a WorkerPool that exists, and is to have this size."""
    live = live_deployment(pool, observed.deployment)
    current = size_of(live)
    obstacle = _obstacle(pool, observed, foreign=observed.deployment is not None and live is None)
    app = observed.app
    wanted = _manifests(pool, app, observed, sizing) if app is not None and obstacle is None else ()
    apply = tuple(manifest for manifest, found in wanted if found is None or not holds(manifest, found))
    is_outdated = any(manifest["kind"] == "Deployment" for manifest in apply)
    is_applied = not (pool.spec.paused or observed.refused)
    rollout = Rollout.of(live, wanted=sizing.replicas, outdated=is_outdated and is_applied)
    halt = Verdict(names.ConditionType.READY, "False", reasons.TEMPLATE_REFUSED, observed.refused)
    ready, *others = rollout_verdicts(rollout, observed.pods, halt if observed.refused else obstacle)
    verdicts = (
        _queue_fault(pool, observed.app) or ready,
        *others,
        *scaling_verdicts(pool, sizing, current),
        *(() if obstacle else (template_verdict(observed.refused),)),
    )
    status = _status(pool, observed, sizing, rollout, verdicts, now)
    status, requeue_after = coalesced(pool.status, status, NUMBERS, observed.written_seconds_ago)
    return Plan(
        costs=costs(observed.loads, sizing.going) if is_applied else {},
        apply=apply if is_applied else (),
        vigil=_vigil(pool, sizing),
        status=status,
        news=scaling_news(sizing, current) if is_applied and is_outdated else (),
        signal=(pool.metadata.uid, pool.spec.app_ref.name, tuple(pool.spec.queues)),
        requeue_after=_again(sizing, rollout, obstacle, requeue_after),
    )


def _manifests(
    pool: WorkerPool, app: App, observed: ObservedPool, sizing: Sizing
) -> Sequence[tuple[Manifest, Manifest | None]]:
    """What is wanted, each with what there is of it; guards first, since pods name their account."""
    deployment = deployment_of(pool, app, sizing.replicas, grace_of(pool, observed.tasks, app))
    guards = [(stamped(guard), observed.guards.get(guard["kind"])) for guard in guards_of(pool)]
    ours = [(guard, found) for guard, found in guards if found is None or owned_by(found, pool.metadata.uid)]
    return [*ours, (stamped(deployment), observed.deployment)]


def _again(sizing: Sizing, rollout: Rollout, obstacle: Verdict | None, requeue_after: float | None) -> float | None:
    """When to look again, if nothing happens before."""
    times = [] if requeue_after is None else [requeue_after]
    if not rollout.complete and obstacle is None:
        times.append(PENDING_SECONDS)
    if sizing.is_waiting:
        times.append(LEAVING_SECONDS)
    if sizing.demand is not None and sizing.mode != "Manual" and (sizing.demand.total or _is_falling(sizing)):
        times.append(SCALING_SECONDS)
    if sizing.demand is not None and sizing.mode == "Manual":
        times.append(INTERVAL_SECONDS)
    return min(times, default=None)


def _is_falling(sizing: Sizing) -> bool:
    """Whether the pool is larger than what demand asks for, so that it gets smaller as time goes by."""
    return sizing.decision is not None and bool(sizing.decision.history.wanted[-1].number < sizing.wanted)


def _vigil(pool: WorkerPool, sizing: Sizing) -> Vigil | None:
    """Word of more work than the pods that there are can take, where more pods may come of it."""
    scaling = scaling_of(pool.spec)
    if sizing.demand is None or pool.spec.paused or sizing.mode == "Manual":
        return None
    if sizing.mode == "Native" and sizing.replicas >= scaling.max_replicas:
        return None
    history = sizing.decision.history if sizing.decision else None
    per_slot = per_slot_of(scaling, history.duration_seconds if history else None)
    room = min(per_slot * pool.spec.slots * sizing.replicas, 1e9) - sizing.demand.running
    return Vigil(tuple(pool.spec.queues), max(0, int(room), sizing.demand.backlog))


def busy_workers(workers: Iterable[WorkerInfo], pool: str) -> int:
    """How many workers of a pool hold an invocation."""
    return sum(1 for worker in workers if worker.pool == pool and worker.held)


def owned_by(manifest: Manifest, uid: str) -> bool:
    """Whether the object with this uid controls the one in `manifest`."""
    owners: Iterable[Mapping[str, Any]] = manifest["metadata"].get("ownerReferences", ())
    return any(owner.get("controller") and owner.get("uid") == uid for owner in owners)


def _obstacle(pool: WorkerPool, observed: ObservedPool, *, foreign: bool) -> Verdict | None:
    """Why nothing can be applied at all."""
    kind = names.ConditionType.READY
    namespace, app_name = pool.metadata.namespace, pool.spec.app_ref.name
    if observed.app is None:
        return Verdict(kind, "False", reasons.APP_NOT_FOUND, f'App "{app_name}" not found in namespace {namespace}')
    if foreign:
        told = f'a Deployment "{pool.metadata.name}" that belongs to somebody else exists; rename the WorkerPool'
        return Verdict(kind, "False", reasons.NAME_TAKEN, told)
    return None


def _queue_fault(pool: WorkerPool, app: App | None) -> Verdict | None:
    """Why a pool is not as it should be whose pods go on all the same."""
    queue = unknown_queue(pool.spec.queues, app) if app else ""
    return Verdict(names.ConditionType.READY, "False", reasons.UNKNOWN_QUEUE, queue) if queue else None


def _status(
    pool: WorkerPool,
    observed: ObservedPool,
    sizing: Sizing,
    rollout: Rollout,
    verdicts: Sequence[Verdict],
    now: datetime,
) -> WorkerPoolStatus:
    generation = pool.metadata.generation
    values = {
        "observed_generation": generation,
        "conditions": conditions.merged(pool.status.conditions, verdicts, generation, now),
        "replicas": rollout.replicas,
        "desired": sizing.wanted,
        "ready": rollout.ready,
        "selector": selector_text(pool),
    }
    if observed.workers is not None:
        values["busy"] = busy_workers(observed.workers, pool.metadata.name)
    if sizing.demand is not None:
        values["backlog"] = sizing.demand.backlog
    return pool.status.model_copy(update=values)
