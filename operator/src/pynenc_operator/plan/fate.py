"""Why a pod is gone, for the history of what it ran; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pynenc_operator.plan.result import Manifest
from pynenc_operator.plan.scale_in import is_living
from pynenc_operator.resources.deployment import CONTAINER

DISRUPTIONS = {
    "PreemptionByScheduler": "was preempted by a pod of higher priority",
    "DeletionByTaintManager": "was on a node that was lost or tainted",
    "DeletionByPodGC": "was on a node that is gone",
    "EvictionByEvictionAPI": "was evicted",
    "TerminationByKubelet": "was ended by its node",
}
"""Reasons of the condition DisruptionTarget, none of which is the fault of what ran."""


@dataclass(frozen=True, slots=True)
class Fate:
    """`how` is a clause about the pod. `is_to_blame` says that what ran there may have brought it about."""

    how: str
    is_to_blame: bool = False


GONE = Fate("is gone")


def fate_of(pod: Manifest) -> Fate:
    """Why a pod is gone, or would be if it were gone now, by the last that is known of it."""
    status = pod.get("status", {})
    if status.get("reason") == "Evicted":
        return Fate(f"was evicted: {status.get('message', '')}".rstrip(": "), is_to_blame=True)
    container = worker_container(pod)
    ended = [container.get(name, {}).get("terminated") for name in ("state", "lastState")]
    if any(end and end.get("reason") == "OOMKilled" for end in ended):
        return Fate("was OOMKilled", is_to_blame=True)
    for condition in status.get("conditions", ()):
        if condition.get("type") == "DisruptionTarget" and condition.get("status") == "True":
            reason = str(condition.get("reason", ""))
            return Fate(DISRUPTIONS.get(reason, f"was disrupted: {reason}"))
    if "deletionTimestamp" in pod["metadata"]:
        return Fate("was deleted")
    if ended[0] or ended[1]:
        return Fate(f"ended with exit code {(ended[0] or ended[1])['exitCode']}", is_to_blame=True)
    return GONE


def has_no_runner(pod: Manifest) -> bool:
    """Whether a pod that there still is runs nothing: it has ended, or its container waits to be started once more."""
    state = worker_container(pod).get("state", {})
    restarts = worker_container(pod).get("restartCount", 0)
    return not is_living(pod) or "terminated" in state or ("waiting" in state and restarts > 0)


def worker_container(pod: Manifest) -> Mapping[str, Any]:
    """What the pod's status says of the worker's container."""
    found: Mapping[str, Any] = next(
        (one for one in pod.get("status", {}).get("containerStatuses", ()) if one.get("name") == CONTAINER), {}
    )
    return found
