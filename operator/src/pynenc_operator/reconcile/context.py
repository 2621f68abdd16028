"""What all reconcilers share: the outside, the clock, and what they remember."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pynenc.api.v1alpha1 import App
from pynenc_operator.plan.result import ObjectKey, Plan
from pynenc_operator.reconcile.apply import Applier
from pynenc_operator.reconcile.dependents import Dependents
from pynenc_operator.reconcile.ports import Cluster, Stores

Clock = Callable[[], datetime]
Reconcile = Callable[["Context", ObjectKey], Awaitable[Plan]]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What every reconciler works with."""

    cluster: Cluster
    stores: Stores
    applier: Applier
    dependents: Dependents
    now: Clock = utc_now

    async def app(self, namespace: str, name: str) -> App | None:
        """An App of a namespace, if there is one of that name."""
        apps = await self.cluster.list("App", namespace)
        found = next((app for app in apps if app["metadata"]["name"] == name), None)
        return None if found is None else App.from_dict(found)

    async def gone(self, key: ObjectKey) -> Plan:
        """The plan for an object that does not exist: nothing, and nothing is remembered."""
        self.dependents.record(key, ())
        self.applier.forget(key)
        return Plan()
