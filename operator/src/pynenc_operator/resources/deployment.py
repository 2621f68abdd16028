"""The Deployment of a WorkerPool; pure.

The pods hold no API token, run as an ordinary user with a read-only root, and satisfy the `restricted` pod security
standard. What they need to know comes by environment variables.
"""

from __future__ import annotations

from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Redis, WorkerPool
from pynenc_operator.resources.labels import pool_labels, selector_labels

CONTAINER = "worker"
SCRATCH = "tmp"
"""The only place a pod can write to."""
USER_ID = 10001
GRACE_MARGIN_SECONDS = 15
"""What a runner gets beyond its drain time to hand running work back and leave."""


def deployment_of(pool: WorkerPool, app: App) -> dict[str, Any]:
    """The manifest to apply for a pool of an App of the same namespace."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": pool.metadata.name,
            "namespace": pool.metadata.namespace,
            "labels": pool_labels(pool),
            "ownerReferences": [_owner(pool)],
        },
        "spec": {
            "replicas": pool.spec.replicas,
            "selector": {"matchLabels": selector_labels(pool)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
            "template": {"metadata": {"labels": pool_labels(pool)}, "spec": _pod(pool, app)},
        },
    }


def _owner(pool: WorkerPool) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": "WorkerPool",
        "name": pool.metadata.name,
        "uid": pool.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def _pod(pool: WorkerPool, app: App) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": pool.spec.drain_seconds + GRACE_MARGIN_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(pool, app)],
        "volumes": [{"name": SCRATCH, "emptyDir": {}}],
    }


def _container(pool: WorkerPool, app: App) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": pool.spec.image,
        "command": ["pynenc", "--app", pool.spec.entrypoint, "runner", "start"],
        "env": _environment(pool, app),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": SCRATCH, "mountPath": f"/{SCRATCH}"}],
    }
    if pool.spec.image_pull_policy:
        container["imagePullPolicy"] = pool.spec.image_pull_policy
    if pool.spec.resources:
        container["resources"] = pool.spec.resources.to_dict()
    return container


def _environment(pool: WorkerPool, app: App) -> list[dict[str, Any]]:
    values = {
        names.ENV_APP_ID: names.app_id_of(pool.metadata.namespace, app.metadata.name),
        names.ENV_SLOTS: str(pool.spec.slots),
        names.ENV_QUEUES: ",".join(pool.spec.queues),
        names.ENV_DRAIN_SECONDS: str(pool.spec.drain_seconds),
        names.ENV_POOL: pool.metadata.name,
        names.ENV_AWAIT_DEFINITIONS: "true",
    }
    ours = [{"name": name, "value": value} for name, value in values.items()]
    return [*ours, _redis_url(app.spec.redis), *_signing_keys(app), *(variable.to_dict() for variable in pool.spec.env)]


def _redis_url(redis: Redis) -> dict[str, Any]:
    if redis.url_secret_ref is None:
        return {"name": names.ENV_REDIS_URL, "value": redis.url or ""}
    reference = redis.url_secret_ref.to_dict()
    return {"name": names.ENV_REDIS_URL, "valueFrom": {"secretKeyRef": reference}}


def _signing_keys(app: App) -> list[dict[str, Any]]:
    reference = app.spec.signing_keys_secret_ref
    if reference is None:
        return []
    return [{"name": names.ENV_SIGNING_KEYS, "valueFrom": {"secretKeyRef": reference.to_dict()}}]
