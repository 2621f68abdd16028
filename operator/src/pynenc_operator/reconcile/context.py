"""What all reconcilers share: the outside, the clock, and what they remember."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pynenc.api.v1alpha1 import ApiModel, App, Task, WorkerPool
from pynenc_operator.plan.result import Manifest, ObjectKey, Plan
from pynenc_operator.reconcile.apply import Applier
from pynenc_operator.reconcile.dependents import Dependents
from pynenc_operator.reconcile.ports import Cluster, Stores

ModelT = TypeVar("ModelT", bound=ApiModel)
Clock = Callable[[], datetime]
Reconcile = Callable[["Context", ObjectKey], Awaitable[Plan]]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class ParsedLists:
    """Lists of objects as models; a list that the cluster gives out again is not parsed again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[tuple[str, str], tuple[Sequence[Manifest], Sequence[Any]]] = {}

    async def get(self, model: type[ModelT], namespace: str) -> Sequence[ModelT]:
        """All objects of a kind in a namespace."""
        place = (model.__name__, namespace)
        listed = await self._cluster.list(*place)
        known = self._known.get(place)
        if known is None or known[0] is not listed:
            known = self._known[place] = (listed, [model.from_dict(manifest) for manifest in listed])
        return known[1]


@dataclass(frozen=True, slots=True)
class Context:
    """What every reconciler works with."""

    cluster: Cluster
    parsed: ParsedLists
    stores: Stores
    applier: Applier
    dependents: Dependents
    now: Clock = utc_now

    async def app(self, namespace: str, name: str) -> App | None:
        """An App of a namespace, if there is one of that name."""
        apps = await self.parsed.get(App, namespace)
        return next((app for app in apps if app.metadata.name == name), None)

    async def tasks(self, namespace: str) -> Sequence[Task]:
        """All Tasks of a namespace."""
        return await self.parsed.get(Task, namespace)

    async def pools(self, namespace: str) -> Sequence[WorkerPool]:
        """All WorkerPools of a namespace."""
        return await self.parsed.get(WorkerPool, namespace)

    async def gone(self, key: ObjectKey) -> Plan:
        """The plan for an object that does not exist: nothing, and nothing is remembered."""
        self.dependents.record(key, ())
        self.applier.forget(key)
        return Plan()
