"""The loop: take a key, reconcile it, see to it that whoever depends on it is looked at, come again when it is time.

Events only shorten the wait; a resync runs at start and again and again, and finds what an event did not tell.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Mapping, Sequence

from pydantic import ValidationError

from pynenc.errors import PynencError
from pynenc_operator.plan.result import Manifest, ObjectKey, Plan
from pynenc_operator.reconcile.app import reconcile_app
from pynenc_operator.reconcile.context import Context, Reconcile
from pynenc_operator.reconcile.invocation import reconcile_invocation
from pynenc_operator.reconcile.ports import ClusterError, Lister, Seen, StaleLeaderError
from pynenc_operator.reconcile.task import reconcile_task
from pynenc_operator.reconcile.trigger import reconcile_trigger
from pynenc_operator.reconcile.workerpool import reconcile_workerpool
from pynenc_operator.reconcile.workflow import reconcile_workflow
from pynenc_operator.reconcile.workqueue import WorkQueue

_log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 60.0
RECONCILERS: Mapping[str, Reconcile] = {
    "App": reconcile_app,
    "WorkerPool": reconcile_workerpool,
    "Task": reconcile_task,
    "Workflow": reconcile_workflow,
    "Trigger": reconcile_trigger,
    "Invocation": reconcile_invocation,
}
SETTLING_KINDS = frozenset({"Task"})
"""Kinds of which there are many, and which rest until an event tells of them, or of an App or WorkerPool. Their Apps
look after what the store has of them."""


class Controller:
    """Works on the keys of a queue until it is cancelled."""

    def __init__(self, context: Context, queue: WorkQueue[ObjectKey]) -> None:
        self._context = context
        self._queue = queue
        self._signals: dict[ObjectKey, Hashable] = {}
        self.progressed_at = 0.0
        """When the last key was finished with, on the clock of the event loop."""

    async def run(self, workers: int) -> None:
        """Reconcile with so many keys at a time; ends only by an error that the process must not survive."""
        self.progressed_at = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work())

    async def resync(self, lister: Lister, namespaces: Sequence[str], seconds: float, seen: Seen) -> None:
        """List every object, now and every so many seconds, and queue those that may not rest. Namespace empty: all."""
        while True:
            for namespace in namespaces:
                for kind in RECONCILERS:
                    await self._list(lister, kind, namespace, seen)
            await asyncio.sleep(seconds)

    def idle_seconds(self) -> float:
        """For how long there has been work and none of it was finished."""
        now = asyncio.get_running_loop().time()
        if self._queue.idle:
            self.progressed_at = now
        return now - self.progressed_at

    async def _list(self, lister: Lister, kind: str, namespace: str, seen: Seen) -> None:
        try:
            objects: Sequence[Manifest] = await lister(kind, namespace)
        except ClusterError as error:
            _log.warning("resync of %s: %s", kind, error)
            return
        untold = seen(kind, namespace, objects)
        for manifest in objects:
            key = ObjectKey(kind, manifest["metadata"]["namespace"], manifest["metadata"]["name"])
            if kind not in SETTLING_KINDS or key in untold:
                self._queue.add(key)

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    plan = await RECONCILERS[key.kind](self._context, key)
            except StaleLeaderError:
                raise
            except ValidationError as error:
                # The schema of the CRD lets no such object in; only a newer one does. The next event brings it back.
                _log.error("%s cannot be read: %s", key, error.errors(include_input=False, include_url=False))
                self._queue.done(key)
            except Exception as error:
                self._failed(key, error)
            else:
                self._succeeded(key, plan)
            self.progressed_at = asyncio.get_running_loop().time()

    def _failed(self, key: ObjectKey, error: Exception) -> None:
        seconds = self._queue.failed(key)
        expected = isinstance(error, ClusterError | PynencError | TimeoutError)
        _log.warning("%s: again in %.1fs: %s", key, seconds, error, exc_info=None if expected else error)

    def _succeeded(self, key: ObjectKey, plan: Plan) -> None:
        self._queue.done(key)
        if plan.requeue_after is not None:
            self._queue.add_after(key, plan.requeue_after)
        touched = set(plan.touch)
        if self._signals.get(key) != plan.signal:
            touched |= self._context.dependents.of(key)
        if plan.signal is None:
            self._signals.pop(key, None)
        else:
            self._signals[key] = plan.signal
        for other in touched - {key}:
            self._queue.add(other)
