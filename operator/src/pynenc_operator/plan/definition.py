"""Which Task objects count for an App, and what the store's registry is to say of them; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pynenc.api.v1alpha1 import Task
from pynenc.core.records import TaskDefinition

_LAST = datetime.max.replace(tzinfo=UTC)


def declared(tasks: Iterable[Task], app_name: str) -> dict[str, Task]:
    """The Task that declares each function of an App: the oldest one, by name among equals."""
    mine = (task for task in tasks if task.spec.app_ref.name == app_name and not task.metadata.deletion_timestamp)
    winners: dict[str, Task] = {}
    for task in sorted(mine, key=_seniority):
        winners.setdefault(task.spec.function, task)
    return winners


def definition_of(task: Task) -> TaskDefinition:
    """What the registry says of a task; options that the object leaves out stay those of the code."""
    spec = task.spec
    return TaskDefinition(
        task_id=spec.function,
        queue=spec.queue,
        priority=spec.priority,
        max_retries=spec.max_retries,
        retry_for=None if spec.retry_for is None else tuple(spec.retry_for),
        result_ttl_seconds=spec.result_ttl_seconds,
    )


def _seniority(task: Task) -> tuple[datetime, str]:
    return (task.metadata.creation_timestamp or _LAST, task.metadata.name)
