"""Which pods go when a pool gets smaller, and when; pure.

A pod that was idle when it was looked at may have claimed something by the time it goes. So the pods that are to go are
drained in the store first, which tells in the same step what they hold; only those that hold nothing are let go, and
an annotation has Kubernetes choose just them. The marks end by themselves, should this process end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pynenc.core.records import WorkerInfo
from pynenc_operator.plan.result import Manifest
from pynenc_operator.plan.rollout import Rollout

DRAIN_SECONDS = 60.0
"""How long a mark lives; it is renewed while its pod is to go."""
COST_ANNOTATION = "controller.kubernetes.io/pod-deletion-cost"
CHEAP = -100
"""What it costs to delete a pod that is to go; one without annotation costs 0."""


@dataclass(frozen=True, slots=True)
class PodLoad:
    """A living pod and what its workers hold. `cost` is what it says it costs to delete it."""

    name: str
    uid: str
    created: str
    ready: bool
    held: int
    cost: int = 0


def loads_of(pods: Iterable[Manifest], workers: Iterable[WorkerInfo]) -> list[PodLoad]:
    """The pods that live and are not on their way out."""
    held: dict[str, int] = {}
    for worker in workers:
        held[worker.pod_uid] = held.get(worker.pod_uid, 0) + worker.held
    return [_load(pod, held) for pod in pods if is_living(pod) and "deletionTimestamp" not in pod["metadata"]]


def is_living(pod: Manifest) -> bool:
    """Whether its containers run, or may start yet."""
    return pod.get("status", {}).get("phase") not in {"Failed", "Succeeded"}


def _load(pod: Manifest, held: Mapping[str, int]) -> PodLoad:
    metadata = pod["metadata"]
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", ()))
    cost = metadata.get("annotations", {}).get(COST_ANNOTATION, "0")
    uid = metadata["uid"]
    created = metadata.get("creationTimestamp", "")
    return PodLoad(metadata["name"], uid, created, ready, held.get(uid, 0), int(cost))


def is_settled(rollout: Rollout, current: int, loads: Sequence[PodLoad]) -> bool:
    """Whether Kubernetes has done all that it was told: no pod is being replaced, started or removed.

    Before, it may be about to choose a pod for what it was told last, and a choice made now could be a second one.
    """
    return rollout.reported and rollout.replicas == rollout.updated == current == len(loads)


def leaving(loads: Iterable[PodLoad], number: int, marked: Set[str]) -> list[PodLoad]:
    """The pods that go: Kubernetes takes those first that are not ready; then those that hold least, the newest first.

    Of equals one that is drained already stays chosen.
    """
    newest = sorted(loads, key=lambda load: load.created, reverse=True)
    return sorted(newest, key=lambda load: (load.ready, load.held, load.uid not in marked))[: max(0, number)]


def costs(loads: Iterable[PodLoad], going: Iterable[PodLoad]) -> dict[str, int]:
    """The annotations to write, by name of the pod: cheap for those that go, as before for those that stay."""
    cheap = {load.uid for load in going}
    wanted = {load.name: (load.cost, CHEAP if load.uid in cheap else 0) for load in loads}
    return {name: after for name, (before, after) in wanted.items() if before != after}
