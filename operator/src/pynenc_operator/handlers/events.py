"""Events of watched objects become keys on the queue.

Only `on.event` handlers: kopf then keeps no state in annotations, adds no finalizer and computes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import kopf

from pynenc.api import names
from pynenc_operator.plan.fate import has_no_runner
from pynenc_operator.plan.result import Manifest, ObjectKey
from pynenc_operator.resources.labels import MANAGED_BY, WORKER_PODS


class Login(Protocol):
    """Reads how to reach the API server, anew at every call."""

    async def __call__(self) -> kopf.ConnectionInfo:
        """The way to the API server."""


@dataclass(frozen=True, slots=True)
class Memo:
    """What handlers are given.

    `changed` is told of every event of our objects: the key, and the object as it is or last was. `delivered` is
    told which version came by the stream, `saw_pod` of every event of a worker pod.
    """

    add: Callable[[ObjectKey], None]
    changed: Callable[..., None]
    delivered: Callable[..., None]
    saw_pod: Callable[[Manifest], None]
    login: Login


def registry(*, lease: str = "") -> kopf.OperatorRegistry:
    """All handlers; with those of the Lease of that name as a canary, if it is in a watched namespace."""
    handlers = kopf.OperatorRegistry()
    kopf.on.login(registry=handlers, retries=3)(log_in)
    for resource in names.RESOURCES:
        kopf.on.event(names.GROUP, names.VERSION, resource.plural, registry=handlers)(object_changed)
    kopf.on.event("apps", "v1", "deployments", labels=MANAGED_BY, registry=handlers)(deployment_changed)
    kopf.on.event("", "v1", "pods", labels=WORKER_PODS, registry=handlers)(pod_changed)
    if lease:
        when = _is_named(lease)
        kopf.on.event("coordination.k8s.io", "v1", "leases", when=when, registry=handlers)(lease_renewed)
    return handlers


async def log_in(memo: Memo, **_: Any) -> kopf.ConnectionInfo:
    """How to reach the API server; asked again whenever it refuses us, because tokens are replaced."""
    return await memo.login()


async def object_changed(body: kopf.Body, event: kopf.RawEvent, memo: Memo, **_: Any) -> None:
    """An object of ours was listed, added, changed or deleted."""
    key, deleted = _key_of(body), event["type"] == "DELETED"
    memo.delivered(key, body.metadata.get("resourceVersion", ""), deleted=deleted)
    memo.changed(key, dict(body), deleted=deleted)
    memo.add(key)


async def deployment_changed(body: kopf.Body, memo: Memo, **_: Any) -> None:
    """A Deployment of ours moved: its WorkerPool has the same name."""
    key = _key_of(body)
    memo.add(ObjectKey(names.WORKER_POOL.kind, key.namespace, key.name))


async def pod_changed(body: kopf.Body, event: kopf.RawEvent, memo: Memo, **_: Any) -> None:
    """A worker pod moved; its WorkerPool is looked at when nothing runs there any more."""
    pod = dict(body)
    memo.saw_pod(pod)
    if event["type"] == "DELETED" or has_no_runner(pod):
        key = _key_of(body)
        memo.add(ObjectKey(names.WORKER_POOL.kind, key.namespace, str(body.metadata.labels.get(names.LABEL_POOL, ""))))


async def lease_renewed(body: kopf.Body, memo: Memo, **_: Any) -> None:
    """The canary: our own renewal came back."""
    memo.delivered(_key_of(body), body.metadata.get("resourceVersion", ""))


def _key_of(body: kopf.Body) -> ObjectKey:
    return ObjectKey(str(body["kind"]), str(body.metadata.namespace), str(body.metadata.name))


def _is_named(wanted: str) -> Callable[..., bool]:
    def named(name: str, **_: Any) -> bool:
        return name == wanted

    return named
