"""What the objects of a namespace refer to each other by, and whether a reference leads anywhere; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pynenc.api import names
from pynenc.api.v1alpha1 import App, Task, Trigger, WorkerPool, Workflow
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict

T = TypeVar("T", App, Task, Trigger, Workflow, WorkerPool)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The objects of a namespace by name; what is being deleted does not count."""

    apps: Mapping[str, App] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)


def by_name(objects: Iterable[T]) -> dict[str, T]:
    """Those that are not being deleted, by name."""
    return {one.metadata.name: one for one in objects if not one.metadata.deletion_timestamp}


def refused(reason: str, told: str) -> Verdict:
    """The condition Accepted of an object that is not."""
    return Verdict(names.ConditionType.ACCEPTED, "False", reason, told)


def tasks_of(workflow: Workflow) -> tuple[str, ...]:
    """The names of the Tasks that a Workflow runs."""
    spec = workflow.spec
    if spec.task_ref is not None:
        return (spec.task_ref.name,)
    return tuple(dict.fromkeys(step.task_ref.name for step in [*(spec.steps or ()), *(spec.finally_ or ())]))


def started_by(trigger: Trigger, catalog: Catalog) -> tuple[str, ...]:
    """The names of the Tasks that a Trigger starts, itself or by its Workflow."""
    spec = trigger.spec
    if spec.task_ref is not None:
        return (spec.task_ref.name,)
    workflow = catalog.workflows.get(spec.workflow_ref.name) if spec.workflow_ref else None
    return () if workflow is None else tasks_of(workflow)


def app_of(started: Sequence[str], catalog: Catalog) -> str:
    """The name of the App that the first of these Tasks is of, or nothing."""
    task = catalog.tasks.get(started[0]) if started else None
    return "" if task is None else task.spec.app_ref.name


def reference_fault(namespace: str, wanted: Sequence[str], catalog: Catalog, kind: str) -> Verdict | None:
    """Why not all of the Tasks `wanted` by an object of `kind` can be used together, or None.

    The first one says which App all must be of.
    """
    missing = next((name for name in wanted if name not in catalog.tasks), None)
    if missing is not None:
        told = f'Task "{missing}" not found in namespace {namespace}; {kind} objects cannot cross namespaces'
        return refused(reasons.TASK_NOT_FOUND, told)
    app_name = app_of(wanted, catalog)
    if app_name not in catalog.apps:
        return refused(reasons.APP_NOT_FOUND, f'App "{app_name}" not found in namespace {namespace}')
    for name in wanted:
        other = catalog.tasks[name].spec.app_ref.name
        if other != app_name:
            told = f'Task "{name}" is of App "{other}" and Task "{wanted[0]}" of App "{app_name}"; use Tasks of one App'
            return refused(reasons.DIFFERENT_APPS, told)
    return None
