"""What a Deployment and its pods say, in the conditions of a WorkerPool; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pynenc.api import names
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict
from pynenc_operator.plan.result import Manifest

IMAGE_FAULTS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_READY = names.ConditionType.READY
_AVAILABLE = names.ConditionType.AVAILABLE
_PROGRESSING = names.ConditionType.PROGRESSING


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a Deployment has come. `reported` says that its status is about its current spec."""

    wanted: int
    replicas: int = 0
    ready: int = 0
    updated: int = 0
    reported: bool = False
    conditions: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, deployment: Manifest | None, *, wanted: int, outdated: bool) -> Self:
        """Read a Deployment, None if there is none; `outdated` says that it is about to be applied anew."""
        if deployment is None:
            return cls(wanted)
        status = deployment.get("status", {})
        current = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        return cls(
            wanted=wanted,
            replicas=status.get("replicas", 0),
            ready=status.get("readyReplicas", 0),
            updated=status.get("updatedReplicas", 0),
            reported=current and not outdated,
            conditions=status.get("conditions", ()),
        )

    @property
    def complete(self) -> bool:
        """Whether exactly the wanted pods exist, all of the current template and ready."""
        return self.reported and self.wanted == self.replicas == self.ready == self.updated

    def condition(self, type_: str) -> Mapping[str, Any]:
        """A condition of the Deployment, empty if it has none of this type."""
        return next((condition for condition in self.conditions if condition.get("type") == type_), {})


def rollout_verdicts(rollout: Rollout, pods: Iterable[Manifest], obstacle: Verdict | None) -> tuple[Verdict, ...]:
    """Ready, Available and Progressing; `obstacle` is why the Deployment cannot be applied, as the Ready verdict."""
    available = _available(rollout)
    if obstacle is not None:
        halted = Verdict(_PROGRESSING, "False", obstacle.reason, obstacle.message)
        return obstacle, available, halted
    progressing = _progressing(rollout, pods)
    return _ready(rollout, progressing), available, progressing


def _ready(rollout: Rollout, progressing: Verdict) -> Verdict:
    if not rollout.wanted and not rollout.replicas:
        return Verdict(_READY, "True", reasons.SCALED_TO_ZERO, "no pods are wanted")
    told = f"{rollout.ready} of {rollout.wanted} pods are ready" if rollout.wanted else f"{rollout.replicas} pods end"
    if rollout.complete:
        return Verdict(_READY, "True", reasons.ROLLED_OUT, told)
    if not progressing.holds:
        return Verdict(_READY, "False", progressing.reason, progressing.message)
    return Verdict(_READY, "False", reasons.PODS_NOT_READY, told)


def _available(rollout: Rollout) -> Verdict:
    if rollout.ready:
        return Verdict(_AVAILABLE, "True", reasons.AVAILABLE, "at least one pod is ready")
    reason = reasons.PODS_NOT_READY if rollout.wanted else reasons.SCALED_TO_ZERO
    return Verdict(_AVAILABLE, "False", reason, "no pod is ready")


def _progressing(rollout: Rollout, pods: Iterable[Manifest]) -> Verdict:
    if rollout.complete:
        return Verdict(_PROGRESSING, "True", reasons.ROLLED_OUT, "all pods are of the current spec")
    refused = rollout.condition("ReplicaFailure")
    if refused.get("status") == "True":
        return Verdict(_PROGRESSING, "False", reasons.POD_FORBIDDEN, str(refused.get("message", "")))
    fault = image_fault(pods)
    if fault:
        return Verdict(_PROGRESSING, "False", reasons.INVALID_IMAGE, fault)
    stalled = rollout.condition("Progressing")
    if stalled.get("status") == "False":
        return Verdict(_PROGRESSING, "False", reasons.PROGRESS_DEADLINE_EXCEEDED, str(stalled.get("message", "")))
    if not rollout.reported:
        return Verdict(_PROGRESSING, "True", reasons.DEPLOYMENT_PENDING, "the Deployment has not reported yet")
    return Verdict(_PROGRESSING, "True", reasons.PROGRESSING, "pods are being started or stopped")


def image_fault(pods: Iterable[Manifest]) -> str:
    """Why a pod cannot get its image, or nothing."""
    for pod in pods:
        for container in pod.get("status", {}).get("containerStatuses", ()):
            waiting = container.get("state", {}).get("waiting") or {}
            if waiting.get("reason") in IMAGE_FAULTS:
                return f"image {container.get('image', '')}: {waiting['reason']}: {waiting.get('message', '')}"
    return ""
