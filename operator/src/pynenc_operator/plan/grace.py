"""How long the pods of a pool may go on after they were told to stop; pure."""

from __future__ import annotations

from collections.abc import Iterable

from pynenc.api.v1alpha1 import App, Task, WorkerPool
from pynenc.core.records import DEFAULT_QUEUE
from pynenc_operator.resources.deployment import Grace

STEPS = (30, 60, 120, 300, 600, 1800, 3600)
"""Seconds. Few steps, because another one means other pods: a live change of a timeout is not to replace them."""


def grace_of(pool: WorkerPool, tasks: Iterable[Task], app: App) -> Grace:
    """As the pool says, or as long as the longest timeout of an attempt of those `tasks` that run on its queues."""
    longest = max((_timeout(task, app) for task in tasks if _runs_on(task, pool)), default=0.0)
    seconds = pool.spec.drain_seconds
    if seconds is None:
        seconds = next((step for step in STEPS if step >= longest), STEPS[-1])
    return Grace(seconds, is_enough=longest <= seconds)


def _runs_on(task: Task, pool: WorkerPool) -> bool:
    return task.spec.app_ref == pool.spec.app_ref and (task.spec.queue or DEFAULT_QUEUE) in pool.spec.queues


def _timeout(task: Task, app: App) -> float:
    of_all = app.spec.defaults.timeout_seconds if app.spec.defaults else None
    return task.spec.timeout_seconds or of_all or 0.0
