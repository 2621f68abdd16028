"""Kind to CustomResourceDefinition: columns, subresources, selectable fields and schema as one dictionary.

Pure. `python -m pynenc.api` writes the result to files. Columns show only what has a source today; the first two
tell whether all is well and why not, the last one is the age.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from pynenc.api import names
from pynenc.api.names import ConditionType, Resource
from pynenc.api.schema import structural_schema
from pynenc.api.v1alpha1 import App, Invocation, Task, Trigger, WorkerPool, Workflow

_TYPE_META = {
    "apiVersion": {"type": "string", "description": "Group and version of the schema of this object."},
    "kind": {"type": "string", "description": "What this object is."},
    "metadata": {"type": "object"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`; a wide one is shown with `-o wide` only."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The form that a CustomResourceDefinition wants."""
        column = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return {**column, "priority": 1} if self.wide else column


@dataclass(frozen=True, slots=True)
class Definition:
    """What the API server needs to know of a kind, beside its schema.

    `selectable` are JSON paths of strings that `--field-selector` accepts.
    """

    resource: Resource
    model: type[BaseModel]
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()
    scale: bool = False


def _condition(type_: ConditionType, field: str, name: str, *, wide: bool = False) -> Column:
    return Column(name, f'.status.conditions[?(@.type=="{type_}")].{field}', wide=wide)


def _number(name: str, path: str, *, wide: bool = False) -> Column:
    return Column(name, path, "integer", wide)


_READY = (
    _condition(ConditionType.READY, "status", "Ready"),
    _condition(ConditionType.READY, "reason", "Reason"),
)
_AGE = Column("Age", ".metadata.creationTimestamp", "date")

DEFINITIONS = (
    Definition(
        names.APP,
        App,
        (
            *_READY,
            _number("Queued", ".status.queued"),
            _number("Parked", ".status.parked"),
            _number("Running", ".status.running"),
            _number("Paused", ".status.paused"),
            _number("Failed", ".status.failed"),
            _number("Workers", ".status.workers"),
            _condition(ConditionType.REDIS_REACHABLE, "message", "Redis", wide=True),
            _condition(ConditionType.DATA_LOSS, "status", "Data Loss", wide=True),
            _AGE,
        ),
    ),
    Definition(
        names.WORKER_POOL,
        WorkerPool,
        (
            *_READY,
            _number("Desired", ".status.desired"),
            _number("Available", ".status.ready"),
            _number("Busy", ".status.busy"),
            _number("Backlog", ".status.backlog"),
            Column("App", ".spec.appRef.name", wide=True),
            _number("Slots", ".spec.slots", wide=True),
            Column("Image", ".spec.image", wide=True),
            _AGE,
        ),
        selectable=(".spec.appRef.name",),
        scale=True,
    ),
    Definition(
        names.TASK,
        Task,
        (
            *_READY,
            _number("Queued", ".status.queued"),
            _number("Parked", ".status.parked"),
            _number("Running", ".status.running"),
            _number("Failed(1h)", ".status.failedLastHour"),
            Column("Oldest", ".status.oldestQueuedAt", "date"),
            _condition(ConditionType.CODE_AVAILABLE, "status", "Code", wide=True),
            Column("Suspended", ".spec.suspend", "boolean", wide=True),
            Column("App", ".spec.appRef.name", wide=True),
            Column("Function", ".spec.function", wide=True),
            _AGE,
        ),
        selectable=(".spec.appRef.name", ".spec.function"),
    ),
    Definition(
        names.TRIGGER,
        Trigger,
        (
            *_READY,
            Column("Type", ".status.type"),
            Column("Task", ".spec.taskRef.name"),
            Column("Workflow", ".spec.workflowRef.name"),
            Column("Suspended", ".spec.suspend", "boolean"),
            Column("Time Zone", ".spec.timeZone", wide=True),
            _condition(ConditionType.READY, "message", "Message", wide=True),
            _AGE,
        ),
        selectable=(".spec.taskRef.name", ".spec.workflowRef.name"),
    ),
    Definition(
        names.WORKFLOW,
        Workflow,
        (
            *_READY,
            Column("Task", ".spec.taskRef.name"),
            _number("Steps", ".status.steps"),
            _condition(ConditionType.READY, "message", "Message", wide=True),
            _AGE,
        ),
        selectable=(".spec.taskRef.name",),
    ),
    Definition(
        names.INVOCATION,
        Invocation,
        (
            _condition(ConditionType.SUCCEEDED, "status", "Succeeded"),
            _condition(ConditionType.SUCCEEDED, "reason", "Reason"),
            Column("Task", ".spec.taskRef.name"),
            Column("Phase", ".status.phase"),
            _number("Attempt", ".status.attempt"),
            Column("Workflow", ".spec.workflowRef.name", wide=True),
            Column("Worker", ".status.worker", wide=True),
            Column("Started", ".status.startedAt", "date", wide=True),
            Column("Finished", ".status.finishedAt", "date", wide=True),
            _condition(ConditionType.SUCCEEDED, "message", "Message", wide=True),
            _AGE,
        ),
        selectable=(".spec.taskRef.name", ".spec.workflowRef.name", ".status.phase"),
    ),
)


def custom_resource_definition(definition: Definition) -> dict[str, Any]:
    """The CustomResourceDefinition of a kind, as an object of `apiextensions.k8s.io/v1`."""
    resource = definition.resource
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": resource.crd_name},
        "spec": {
            "group": names.GROUP,
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.singular,
                "shortNames": [resource.short_name],
                "categories": [names.CATEGORY],
            },
            "scope": "Namespaced",
            "versions": [_version(definition)],
        },
    }


def _version(definition: Definition) -> dict[str, Any]:
    schema = structural_schema(definition.model)
    schema["properties"] |= _TYPE_META
    version = {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": _subresources(definition),
        "additionalPrinterColumns": [column.to_dict() for column in definition.columns],
        "schema": {"openAPIV3Schema": schema},
    }
    if definition.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in definition.selectable]
    return version


def _subresources(definition: Definition) -> dict[str, Any]:
    if not definition.scale:
        return {"status": {}}
    return {
        "status": {},
        "scale": {
            "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        },
    }
