"""What stands around the pods of a pool: their account, their disruption budget and who may reach them; pure."""

from __future__ import annotations

from typing import Any

from pynenc.api.v1alpha1 import WorkerPool
from pynenc_operator.resources.labels import MANAGED_BY, owner_of, selector_labels

KINDS = ("ServiceAccount", "PodDisruptionBudget", "NetworkPolicy")
HTTP_PORT = "http"
"""Where a runner answers probes and tells its numbers."""


def guard_name(pool: WorkerPool) -> str:
    """The name of all of them; longer than the pool's, so that nobody else has it by chance."""
    return f"{pool.metadata.name}-worker"


def guards_of(pool: WorkerPool) -> tuple[dict[str, Any], ...]:
    """Their manifests, in the order of `KINDS`."""
    return _account(pool), _budget(pool), _policy(pool)


def _account(pool: WorkerPool) -> dict[str, Any]:
    """An account of the pool's own that can do nothing: its token is not in the pods."""
    return {"apiVersion": "v1", **_head(pool, "ServiceAccount"), "automountServiceAccountToken": False}


def _budget(pool: WorkerPool) -> dict[str, Any]:
    """A quarter of the pods may be evicted at a time, and those that do not work at any time."""
    spec = {
        "maxUnavailable": "25%",
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": selector_labels(pool)},
    }
    return {"apiVersion": "policy/v1", **_head(pool, "PodDisruptionBudget"), "spec": spec}


def _policy(pool: WorkerPool) -> dict[str, Any]:
    """Nobody reaches the pods but for probes and numbers. What they reach is not limited: tasks call the world."""
    spec = {
        "podSelector": {"matchLabels": selector_labels(pool)},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"port": HTTP_PORT, "protocol": "TCP"}]}],
    }
    return {"apiVersion": "networking.k8s.io/v1", **_head(pool, "NetworkPolicy"), "spec": spec}


def _head(pool: WorkerPool, kind: str) -> dict[str, Any]:
    metadata = {
        "name": guard_name(pool),
        "namespace": pool.metadata.namespace,
        "labels": selector_labels(pool) | MANAGED_BY,
        "ownerReferences": [owner_of(pool)],
    }
    return {"kind": kind, "metadata": metadata}
