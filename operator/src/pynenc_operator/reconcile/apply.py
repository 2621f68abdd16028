"""Carrying a plan out, in the order that keeps a crash harmless: the store first, then the mirror.

Whatever is repeated because the process died in between is recognised by the store or changes nothing in the cluster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pynenc.api import names
from pynenc.api.v1alpha1 import Condition, ReportedStatus
from pynenc_operator import conditions, reasons
from pynenc_operator.plan.result import Manifest, News, ObjectKey, Plan
from pynenc_operator.reconcile.ports import Cluster, Notice, Store

NEUTRAL = frozenset({names.ConditionType.SCALING_LIMITED})
"""Conditions of which neither answer is bad news."""
ABNORMAL = frozenset({names.ConditionType.DATA_LOSS})
"""Conditions of which True is bad news."""


class Applier:
    """Writes to cluster and store, and remembers when it last wrote each status."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._written_at: dict[ObjectKey, float] = {}

    def written_seconds_ago(self, key: ObjectKey) -> float | None:
        """How long ago this process wrote the status of `key`, or None."""
        written_at = self._written_at.get(key)
        return None if written_at is None else asyncio.get_running_loop().time() - written_at

    def forget(self, key: ObjectKey) -> None:
        """The object is gone."""
        self._written_at.pop(key, None)

    async def apply(self, key: ObjectKey, plan: Plan) -> None:
        """Price pods, then write what belongs to the object."""
        if plan.costs:
            await self._cluster.price_pods(key.namespace, plan.costs)
        for child in plan.apply:
            await self._cluster.apply(child)

    async def carry_out(
        self, key: ObjectKey, manifest: Manifest, before: ReportedStatus, plan: Plan, store: Store | None
    ) -> None:
        """Do what `plan` says about the object in `manifest`, whose status is `before`."""
        await self.apply(key, plan)
        if store is not None:
            await _write_store(key, plan, store)
        if plan.status is not None and plan.status != before:
            await self._write_status(key, manifest, before, plan.status)
        for news in plan.news:
            await self._cluster.notify(Notice(_head(key, manifest), news.bad, news.reason, news.note))
        if plan.delete:
            await self._cluster.delete(key, manifest["metadata"]["uid"])

    async def tell(self, key: ObjectKey, news: News) -> None:
        """Record an Event about an object, if there still is one."""
        manifest = await self._cluster.get(key)
        if manifest is not None:
            await self._cluster.notify(Notice(_head(key, manifest), news.bad, news.reason, news.note))

    async def _write_status(
        self, key: ObjectKey, manifest: Manifest, before: ReportedStatus, after: ReportedStatus
    ) -> None:
        head = _head(key, manifest)
        await self._cluster.apply_status({**head, "status": after.to_dict()})
        self._written_at[key] = asyncio.get_running_loop().time()
        for condition in newsworthy(before.conditions, after.conditions):
            await self._cluster.notify(Notice(head, is_bad(condition), condition.reason, condition.message))


def _head(key: ObjectKey, manifest: Manifest) -> Manifest:
    """What names an object, and no later one of the same name."""
    metadata = {name: manifest["metadata"][name] for name in ("name", "namespace", "uid")}
    return {"apiVersion": names.API_VERSION, "kind": key.kind, "metadata": metadata}


async def _write_store(key: ObjectKey, plan: Plan, store: Store) -> None:
    if plan.declare:
        await store.declare(plan.declare)  # sources before the tasks that run them
    if plan.publish or plan.withdraw:
        await store.publish(plan.publish, plan.withdraw)
    if plan.limits:
        await store.set_limits(plan.limits)
    if plan.open_store:
        await store.open()
    if plan.cancel is not None:
        await store.cancel(plan.cancel)
    if plan.watch:
        await store.watch(plan.watch, key)
    if key.kind == names.WORKER_POOL.kind:
        store.keep_vigil(key, plan.vigil)


def newsworthy(before: Sequence[Condition], after: Sequence[Condition]) -> list[Condition]:
    """What an Event is worth: bad news, and the end of bad news. Each message once, though many conditions say it."""
    bad = {condition.type for condition in before if is_bad(condition)}
    news = [
        condition
        for condition in conditions.changed(before, after)
        if condition.type not in NEUTRAL
        if is_bad(condition) or (condition.status != "Unknown" and condition.type in bad)
    ]
    return list({(condition.status, condition.reason): condition for condition in reversed(news)}.values())


def is_bad(condition: Condition) -> bool:
    """Whether a condition tells of something that somebody should see to; a pool without work is to have no pods."""
    is_abnormal = condition.status == ("True" if condition.type in ABNORMAL else "False")
    return is_abnormal and condition.reason != reasons.SCALED_TO_ZERO
