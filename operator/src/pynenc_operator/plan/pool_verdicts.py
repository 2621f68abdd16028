"""What is said about the scaling of a pool and about its template, as conditions and Events; pure."""

from __future__ import annotations

from pynenc.api import names
from pynenc.api.v1alpha1 import WorkerPool
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.result import News
from pynenc_operator.plan.scaling import mode_of, scaling_of
from pynenc_operator.plan.sizing import Sizing

_ACTIVE = names.ConditionType.SCALING_ACTIVE
_LIMITED = names.ConditionType.SCALING_LIMITED
_TEMPLATE = names.ConditionType.TEMPLATE_VALID


def scaling_verdicts(pool: WorkerPool, sizing: Sizing, current: int | None) -> tuple[Verdict, ...]:
    """ScalingActive and ScalingLimited, of a pool that the operator scales.

    The reasoning that is shown is that of the last change: it would not stand still if it were that of every look.
    """
    if mode_of(pool.spec) != "Native":
        return ()
    if pool.spec.paused:
        return (Verdict(_ACTIVE, "False", reasons.PAUSED, "spec.paused is set"),)
    if sizing.decision is None:
        told = f"the App's store cannot be read; the pool keeps its size of {sizing.wanted}"
        return (Verdict(_ACTIVE, "False", reasons.HELD, told),)
    before = pool.status.condition(_ACTIVE)
    told = _reasoning(sizing, current)
    if sizing.replicas == current and before is not None and before.status == "True":
        told = before.message
    return Verdict(_ACTIVE, "True", reasons.DEMAND_READ, told), _limited(pool, sizing.decision.limit)


def _limited(pool: WorkerPool, limit: str) -> Verdict:
    if limit:
        return Verdict(_LIMITED, "True", reasons.LIMITED, f"demand asks for another size than {limit} allows")
    scaling = scaling_of(pool.spec)
    told = f"demand asks for a size from {scaling.min_replicas} to {scaling.max_replicas}"
    return Verdict(_LIMITED, "False", reasons.WITHIN_RANGE, told)


def scaling_news(sizing: Sizing, current: int | None) -> tuple[News, ...]:
    """An Event for every change of the size."""
    if current is None or sizing.replicas == current:
        return ()
    return (News(reasons.SCALED, _reasoning(sizing, current)),)


def _reasoning(sizing: Sizing, current: int | None) -> str:
    told = f"{sizing.replicas} pods" if current in (None, sizing.replicas) else f"scaled {current}→{sizing.replicas}"
    if sizing.decision is not None:
        return f"{told}: {sizing.decision.why}"
    return f"{told}: spec.replicas"


def template_verdict(refused: str) -> Verdict:
    """TemplateValid; `refused` is what the API server had to say against the Deployment."""
    if refused:
        return Verdict(_TEMPLATE, "False", reasons.TEMPLATE_REFUSED, refused)
    return Verdict(_TEMPLATE, "True", reasons.TEMPLATE_ACCEPTED, "the API server takes the pod template")
