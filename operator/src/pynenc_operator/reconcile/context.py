"""What all reconcilers share: the outside, the clock, and what they remember."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from pynenc.api.v1alpha1 import ApiModel, App, Task, Trigger, WorkerPool, Workflow
from pynenc.core.records import Standing
from pynenc_operator.plan.catalog import Catalog, by_name
from pynenc_operator.plan.result import Manifest, ObjectKey, Plan
from pynenc_operator.reconcile.apply import Applier
from pynenc_operator.reconcile.dependents import Dependents
from pynenc_operator.reconcile.pools import PoolMemory
from pynenc_operator.reconcile.ports import Cluster, Stores

ModelT = TypeVar("ModelT", bound=ApiModel)
KindT = TypeVar("KindT", App, Task, Trigger, Workflow)
Clock = Callable[[], datetime]
Reconcile = Callable[["Context", ObjectKey], Awaitable[Plan]]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A list as the cluster gave it out, and what it says."""

    listed: Sequence[Manifest]
    models: Sequence[Any]
    by_name: Mapping[str, Any]
    by_function: Mapping[str, Sequence[Task]]
    """Of Tasks: those of each function, which are mostly one."""


class ParsedLists:
    """Lists of objects as models; what the cluster gives out again, a list or an object of one, is not parsed again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[tuple[str, str], _Parsed] = {}

    async def get(self, model: type[ModelT], namespace: str) -> Sequence[ModelT]:
        """All objects of a kind in a namespace."""
        return (await self._look(model, namespace)).models

    async def by_name(self, model: type[KindT], namespace: str) -> Mapping[str, KindT]:
        """Those of them that are not being deleted, by name."""
        return (await self._look(model, namespace)).by_name

    async def of_function(self, namespace: str, function: str) -> Sequence[Task]:
        """All Tasks of a namespace that declare a function."""
        return (await self._look(Task, namespace)).by_function.get(function, ())

    async def _look(self, model: type[Any], namespace: str) -> _Parsed:
        place = (model.__name__, namespace)
        listed = await self._cluster.list(*place)
        known = self._known.get(place)
        if known is None or known.listed is not listed:
            parsed = dict(zip(map(id, known.listed), known.models, strict=True)) if known else {}
            models = [parsed.get(id(manifest)) or model.from_dict(manifest) for manifest in listed]
            functions = _by_function(models) if model is Task else {}
            known = self._known[place] = _Parsed(listed, models, by_name(models), functions)
        return known


def _by_function(tasks: Sequence[Task]) -> Mapping[str, Sequence[Task]]:
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.task_id, []).append(task)
    return found


@dataclass(frozen=True, slots=True)
class Context:
    """What every reconciler works with."""

    cluster: Cluster
    parsed: ParsedLists
    stores: Stores
    applier: Applier
    dependents: Dependents
    memory: PoolMemory = field(default_factory=PoolMemory)
    standings: dict[ObjectKey, Standing] = field(default_factory=dict)
    """What was last seen of the store of each App, once that was acted upon."""
    now: Clock = utc_now

    async def app(self, namespace: str, name: str) -> App | None:
        """An App of a namespace, if there is one of that name."""
        apps = await self.parsed.get(App, namespace)
        return next((app for app in apps if app.metadata.name == name), None)

    async def tasks(self, namespace: str) -> Sequence[Task]:
        """All Tasks of a namespace."""
        return await self.parsed.get(Task, namespace)

    async def tasks_of(self, namespace: str, function: str) -> Sequence[Task]:
        """Those of them that declare a function."""
        return await self.parsed.of_function(namespace, function)

    async def pools(self, namespace: str) -> Sequence[WorkerPool]:
        """All WorkerPools of a namespace."""
        return await self.parsed.get(WorkerPool, namespace)

    async def catalog(self, namespace: str) -> Catalog:
        """What the objects of a namespace refer to."""
        return Catalog(
            await self.parsed.by_name(App, namespace),
            await self.parsed.by_name(Task, namespace),
            await self.parsed.by_name(Workflow, namespace),
            await self.parsed.by_name(Trigger, namespace),
        )

    async def all_apps(self, namespace: str) -> Plan:
        """The plan for a declared object that is gone: the Apps take it out of their registries."""
        apps = await self.cluster.list("App", namespace)
        return Plan(touch=frozenset(ObjectKey("App", namespace, app["metadata"]["name"]) for app in apps))

    async def gone(self, key: ObjectKey) -> Plan:
        """The plan for an object that does not exist: nothing, and nothing is remembered."""
        self.dependents.record(key, ())
        self.applier.forget(key)
        return Plan()
