"""WorkerPool: one Deployment, and a status that says what became of its pods; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import App, WorkerPool, WorkerPoolStatus
from pynenc.core.records import WorkerInfo
from pynenc_operator import conditions, reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.counters import coalesced
from pynenc_operator.plan.drift import holds, stamped
from pynenc_operator.plan.result import Manifest, Plan
from pynenc_operator.plan.rollout import Rollout, rollout_verdicts
from pynenc_operator.resources.deployment import deployment_of
from pynenc_operator.resources.labels import selector_text

NUMBERS = frozenset({"busy"})
PENDING_SECONDS = 10.0
"""How soon to look again at pods that are not ready: their own state is not watched."""


@dataclass(frozen=True, slots=True)
class ObservedPool:
    """What there is around a WorkerPool.

    `deployment` is the one of that name, whoever owns it. `pods` are filled in while the Deployment is not complete.
    `workers` None means that the store has not been read.
    """

    app: App | None
    deployment: Manifest | None = None
    pods: Sequence[Manifest] = ()
    workers: Sequence[WorkerInfo] | None = None
    written_seconds_ago: float | None = None


def plan_workerpool(pool: WorkerPool, observed: ObservedPool, now: datetime) -> Plan:
    """What is to be done about a WorkerPool that exists."""
    manifest = None if observed.app is None else stamped(deployment_of(pool, observed.app))
    foreign = observed.deployment is not None and not owned_by(observed.deployment, pool.metadata.uid)
    live = None if foreign else observed.deployment
    outdated = manifest is not None and not foreign and (live is None or not holds(manifest, live))
    rollout = Rollout.of(live, wanted=pool.spec.replicas, outdated=outdated)
    obstacle = _obstacle(pool, observed, foreign=foreign)
    verdicts = rollout_verdicts(rollout, observed.pods, obstacle)
    status = _status(pool, rollout, verdicts, now)
    if observed.workers is not None:
        status = status.model_copy(update={"busy": busy_workers(observed.workers, pool.metadata.name)})
    status, requeue_after = coalesced(pool.status, status, NUMBERS, observed.written_seconds_ago)
    return Plan(
        apply=(manifest,) if manifest is not None and outdated else (),
        status=status,
        signal=(pool.metadata.uid, pool.spec.app_ref.name, tuple(pool.spec.queues)),
        requeue_after=requeue_after if rollout.complete or obstacle else PENDING_SECONDS,
    )


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


def _status(pool: WorkerPool, rollout: Rollout, verdicts: Sequence[Verdict], now: datetime) -> WorkerPoolStatus:
    generation = pool.metadata.generation
    return pool.status.model_copy(
        update={
            "observed_generation": generation,
            "conditions": conditions.merged(pool.status.conditions, verdicts, generation, now),
            "replicas": rollout.replicas,
            "desired": pool.spec.replicas,
            "ready": rollout.ready,
            "selector": selector_text(pool),
        }
    )
