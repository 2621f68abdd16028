"""Declared tasks to Task objects. Pure: the same tasks give the same objects.

Only what differs from the defaults is written, so that an object says what its author said. Names are chosen in
`object_names`; whether the objects are right is checked against the models of `pynenc.api` before they are returned.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pynenc.api.names import API_VERSION, TASK
from pynenc.api.v1alpha1 import NAME_LIMIT, Task
from pynenc.core.ids import short_hash
from pynenc.core.options import TaskOptions
from pynenc.errors import ManifestError

_HASH_DIGITS = 8
_DEFAULTS = TaskOptions()


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """A task of an app; `parameters` is the JSON Schema of the function's signature."""

    task_id: str
    options: TaskOptions
    parameters: Mapping[str, Any]


def render(tasks: Iterable[DeclaredTask], app_ref: str, namespace: str | None) -> list[dict[str, Any]]:
    """One Task object for each task, in the order of the tasks.

    Without `namespace` the objects name none, and land where they are applied.

    Raises:
        ManifestError: a task has an option that no Task object can carry, such as a class defined in a function.
    """
    tasks = list(tasks)
    names = object_names([task.task_id for task in tasks])
    return [_object(task, names[task.task_id], app_ref, namespace) for task in tasks]


def _object(task: DeclaredTask, name: str, app_ref: str, namespace: str | None) -> dict[str, Any]:
    document = {
        "apiVersion": API_VERSION,
        "kind": TASK.kind,
        "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}),
        "spec": {
            "appRef": {"name": app_ref},
            "function": task.task_id,
            **_options(task.options),
            "parameters": _parameters(task.parameters),
        },
    }
    try:
        Task.from_dict(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ManifestError(f"{task.task_id} cannot be a Task object: {place}: {first['msg']}") from error
    return document


def _parameters(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without `default: null`: that a parameter may be left out is said by `required`."""
    properties = {
        name: {key: value for key, value in property_.items() if key != "default" or value is not None}
        for name, property_ in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}


def _options(options: TaskOptions) -> dict[str, Any]:
    """The options that were set to something of their own, under their names in a Task object."""
    written: dict[str, Any] = {
        "queue": options.queue,
        "priority": options.priority,
        "maxRetries": options.max_retries,
        "retryFor": [_class_name(class_) for class_ in options.retry_for],
        "resultTTLSeconds": options.result_ttl,
    }
    default = {
        "queue": _DEFAULTS.queue,
        "priority": _DEFAULTS.priority,
        "maxRetries": _DEFAULTS.max_retries,
        "retryFor": [_class_name(class_) for class_ in _DEFAULTS.retry_for],
        "resultTTLSeconds": _DEFAULTS.result_ttl,
    }
    return {name: value for name, value in written.items() if value != default[name]}


def _class_name(class_: type[BaseException]) -> str:
    if class_.__module__ == "builtins":
        return class_.__qualname__
    return f"{class_.__module__}.{class_.__qualname__}"


def object_names(task_ids: Iterable[str]) -> dict[str, str]:
    """`{task id: object name}`: the function's name, with its module in front where two functions share it.

    Names that would be too long, or still not unique, end in a hash of the task id. A name depends on which tasks
    exist, never on their order.
    """
    pending = sorted(set(task_ids))
    names: dict[str, str] = {}
    for choose in (_by_function, _by_module):
        choices = {task_id: choose(task_id) for task_id in pending}
        uses = Counter([*choices.values(), *names.values()])
        names |= {task_id: name for task_id, name in choices.items() if uses[name] == 1}
        pending = [task_id for task_id in pending if task_id not in names]
    return names | {task_id: _by_hash(task_id) for task_id in pending}


def _by_function(task_id: str) -> str:
    return _fitting(task_id.rpartition(".")[2], task_id)


def _by_module(task_id: str) -> str:
    return _fitting(task_id, task_id)


def _by_hash(task_id: str) -> str:
    return _hashed(_dashed(task_id), task_id)


def _fitting(text: str, task_id: str) -> str:
    """`text` as an object name; with a hash if anything but case and separators had to change."""
    name = _dashed(text)
    return name if len(name) <= NAME_LIMIT and text.isascii() and name else _hashed(name, task_id)


def _dashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _hashed(name: str, task_id: str) -> str:
    digits = short_hash(task_id)[:_HASH_DIGITS]
    kept = name[: NAME_LIMIT - _HASH_DIGITS - 1].rstrip("-")
    return f"{kept}-{digits}" if kept else f"task-{digits}"
