"""Labels that tie pods and Deployments to their WorkerPool; pure."""

from __future__ import annotations

from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import WorkerPool

MANAGED_BY = {"app.kubernetes.io/managed-by": names.FIELD_MANAGER}
"""What every object of ours carries, and what the operator watches by."""


WORKER_PODS = MANAGED_BY | {names.LABEL_COMPONENT: names.Component.WORKER.value}
"""What every worker pod carries."""


def selector_labels(pool: WorkerPool) -> dict[str, str]:
    """What selects the pods of a pool; fixed for its life, because a Deployment's selector is immutable."""
    return {names.LABEL_POOL: pool.metadata.name, names.LABEL_COMPONENT: names.Component.WORKER.value}


def pool_labels(pool: WorkerPool) -> dict[str, str]:
    """All labels of the Deployment and the pods of a pool."""
    return selector_labels(pool) | MANAGED_BY | {names.LABEL_APP: pool.spec.app_ref.name}


def owner_of(pool: WorkerPool) -> dict[str, Any]:
    """The reference by which Kubernetes removes what belongs to a pool together with it."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": "WorkerPool",
        "name": pool.metadata.name,
        "uid": pool.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def selector_text(pool: WorkerPool) -> str:
    """The selector as `kubectl -l` and the scale subresource take it."""
    return ",".join(f"{name}={value}" for name, value in sorted(selector_labels(pool).items()))
