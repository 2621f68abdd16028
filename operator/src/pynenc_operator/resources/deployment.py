"""The Deployment of a WorkerPool; pure.

The pods hold no API token, run as an ordinary user with a read-only root, and satisfy the `restricted` pod security
standard. What they need to know comes by environment variables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Redis, WorkerPool
from pynenc_operator.resources.guards import HTTP_PORT, guard_name
from pynenc_operator.resources.labels import owner_of, pool_labels, selector_labels
from pynenc_operator.resources.overlay import overlaid

CONTAINER = "worker"
SCRATCH = "tmp"
"""The only place a pod can write to."""
USER_ID = 10001
PORT = 8080
START_SECONDS = 120
"""How long a runner may take to import the code before its container is started anew."""
GRACE_MARGIN_SECONDS = 15
"""What a runner gets beyond its drain time to hand running work back and leave."""


KEPT_IN_PLACE = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false", "karpenter.sh/do-not-disrupt": "true"}
"""Tells autoscalers of nodes to leave the pods where they are."""


@dataclass(frozen=True, slots=True)
class Grace:
    """How long a pod may go on after it was told to stop; `is_enough` says that no task takes longer."""

    seconds: int
    is_enough: bool = True


def deployment_of(pool: WorkerPool, app: App, replicas: int, grace: Grace) -> dict[str, Any]:
    """The manifest to apply for a pool of an App of the same namespace."""
    metadata: dict[str, Any] = {"labels": pool_labels(pool)}
    if not grace.is_enough:
        metadata["annotations"] = dict(KEPT_IN_PLACE)
    template = overlaid({"metadata": metadata, "spec": _pod(pool, app, grace)}, pool.spec.pod_template or {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": pool.metadata.name,
            "namespace": pool.metadata.namespace,
            "labels": pool_labels(pool),
            "ownerReferences": [owner_of(pool)],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": selector_labels(pool)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
            "template": template,
        },
    }


def _pod(pool: WorkerPool, app: App, grace: Grace) -> dict[str, Any]:
    return {
        "serviceAccountName": guard_name(pool),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace.seconds + GRACE_MARGIN_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(pool, app, grace)],
        "volumes": [{"name": SCRATCH, "emptyDir": {}}],
    }


def _container(pool: WorkerPool, app: App, grace: Grace) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": CONTAINER,
        "image": pool.spec.image,
        "command": ["pynenc", "--app", pool.spec.entrypoint, "runner", "start"],
        "env": _environment(pool, app, grace),
        "ports": [{"name": HTTP_PORT, "containerPort": PORT, "protocol": "TCP"}],
        "startupProbe": _probe("/healthz", 1, START_SECONDS),
        "livenessProbe": _probe("/healthz", 10, 3),
        "readinessProbe": _probe("/readyz", 5, 2),
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


def _probe(path: str, period: int, failures: int) -> dict[str, Any]:
    get = {"path": path, "port": HTTP_PORT, "scheme": "HTTP"}
    return {"httpGet": get, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 5}


def _environment(pool: WorkerPool, app: App, grace: Grace) -> list[dict[str, Any]]:
    values = {
        names.ENV_APP_ID: names.app_id_of(pool.metadata.namespace, app.metadata.name),
        names.ENV_SLOTS: str(pool.spec.slots),
        names.ENV_QUEUES: ",".join(pool.spec.queues),
        names.ENV_DRAIN_SECONDS: str(grace.seconds),
        names.ENV_POOL: pool.metadata.name,
        names.ENV_HTTP_PORT: str(PORT),
        names.ENV_AWAIT_DEFINITIONS: "true",
    }
    if pool.spec.allow_inline_source:
        values[names.ENV_ALLOW_INLINE_SOURCE] = "true"
    ours = [{"name": name, "value": value} for name, value in values.items()]
    uid = {"name": names.ENV_POD_UID, "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}
    return [
        *ours,
        uid,
        _redis_url(app.spec.redis),
        *_signing_keys(app),
        *(variable.to_dict() for variable in pool.spec.env),
    ]


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
