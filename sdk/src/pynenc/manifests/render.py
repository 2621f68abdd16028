"""Declared apps and tasks to objects. Pure: the same tasks give the same objects.

Only what differs from the defaults is written, so that an object says what its author said. Names are chosen in
`object_names`; whether the objects are right is checked against the models of `pynenc.api` before they are returned.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pynenc.api.names import API_VERSION, TASK
from pynenc.api.v1alpha1 import NAME_LIMIT, ApiModel, App, Task, WorkerPool
from pynenc.core.concurrency import ConcurrencyControlType
from pynenc.core.ids import short_hash
from pynenc.core.options import TaskOptions
from pynenc.core.records import DEFAULT_QUEUE
from pynenc.errors import ManifestError

_HASH_DIGITS = 8
_DEFAULTS = TaskOptions()


@dataclass(frozen=True, slots=True)
class DeclaredTask:
    """A task of an app; `parameters` is the JSON Schema of the function's signature, `source` its text if known."""

    task_id: str
    options: TaskOptions
    parameters: Mapping[str, Any]
    source: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredApp:
    """An app whose code is in `image`, at `entrypoint` (`module:attribute`).

    `queues` are those of its tasks, sorted; `limits` the numbers of shared limits; `redis_secret` is the Secret that
    holds the URL of its store.
    """

    image: str
    entrypoint: str
    queues: tuple[str, ...]
    limits: Mapping[str, int]
    redis_secret: str


Bundle = Callable[[str, str], str]
"""The signed bundle of a task, by its id and the name of its object."""


def render(
    tasks: Iterable[DeclaredTask], app_ref: str, namespace: str | None, bundle: Bundle | None = None
) -> list[dict[str, Any]]:
    """One Task object for each task, in the order of the tasks.

    Without `namespace` the objects name none, and land where they are applied. With `bundle` they hold the code.

    Raises:
        ManifestError: a task has an option that no Task object can carry, such as a class defined in a function.
    """
    tasks = list(tasks)
    names = object_names([task.task_id for task in tasks])
    documents = [_object(task, names[task.task_id], app_ref, namespace) for task in tasks]
    return documents if bundle is None else [_bundled(document, bundle) for document in documents]


def _bundled(document: dict[str, Any], bundle: Bundle) -> dict[str, Any]:
    """The object with its code in place of the function's name."""
    spec = dict(document["spec"])
    task_id = spec.pop("function")
    source = {"bundle": bundle(task_id, document["metadata"]["name"])}
    return _checked(Task, {**document, "spec": {**spec, "source": source}}, task_id)


def render_app(app: DeclaredApp, app_ref: str, namespace: str | None) -> list[dict[str, Any]]:
    """The App and the WorkerPool of an app, both named `app_ref`.

    Raises:
        ManifestError: a name, the image or a limit is nothing that such an object can carry.
    """
    limits = {"limits": dict(sorted(app.limits.items()))} if app.limits else {}
    queues = {} if app.queues == (DEFAULT_QUEUE,) else {"queues": list(app.queues)}
    store = {"redis": {"urlSecretRef": {"name": app.redis_secret}}, **limits}
    pods = {"appRef": {"name": app_ref}, "image": app.image, "entrypoint": app.entrypoint, **queues}
    return [
        _checked(App, _document("App", app_ref, namespace, store), "the app"),
        _checked(WorkerPool, _document("WorkerPool", app_ref, namespace, pods), "the app"),
    ]


def _object(task: DeclaredTask, name: str, app_ref: str, namespace: str | None) -> dict[str, Any]:
    spec = {
        "appRef": {"name": app_ref},
        "function": task.task_id,
        **_options(task.options),
        "parameters": _parameters(task.parameters),
    }
    digest = {"digest": _digest(task.source, spec)} if task.source else {}
    return _checked(Task, _document(TASK.kind, name, namespace, {**spec, **digest}), task.task_id)


def _digest(source: str, spec: Mapping[str, Any]) -> str:
    text = json.dumps([source, spec], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _document(kind: str, name: str, namespace: str | None, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": dict(spec)}


def _checked(model: type[ApiModel], document: dict[str, Any], what: str) -> dict[str, Any]:
    try:
        model.from_dict(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        kind = model.__name__
        raise ManifestError(f"{what} cannot be a {kind} object: {place}: {first['msg']}") from error
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
    concurrency = {
        "running": _changed(options, {"mode": ("running_concurrency", _word), "limit": ("running_limit", _as_it_is)}),
        "registration": _changed(
            options,
            {
                "mode": ("registration_concurrency", _word),
                "onDifferentArguments": ("on_diff_non_key_args_raise", _refusal),
            },
        ),
        **_changed(options, {"limits": ("limits", list), "onLimit": ("on_limit", _word)}),
    }
    if ConcurrencyControlType.KEYS in (options.running_concurrency, options.registration_concurrency):
        concurrency["keyArguments"] = list(options.key_arguments)
    concurrency = {name: value for name, value in concurrency.items() if value}
    return _changed(options, _FIELDS) | ({"concurrency": concurrency} if concurrency else {})


def _changed(options: TaskOptions, fields: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    return {
        field: shown(getattr(options, name))
        for field, (name, shown) in fields.items()
        if getattr(options, name) != getattr(_DEFAULTS, name)
    }


def _as_it_is(value: Any) -> Any:
    return value


def _word(value: str) -> str:
    return value.capitalize()


def _refusal(refuses: bool) -> str:
    return "Refuse" if refuses else "Reuse"


def _number(seconds: float) -> float:
    return int(seconds) if float(seconds).is_integer() else seconds


def _class_names(classes: Iterable[type[BaseException]]) -> list[str]:
    return [_class_name(class_) for class_ in classes]


def _class_name(class_: type[BaseException]) -> str:
    if class_.__module__ == "builtins":
        return class_.__qualname__
    return f"{class_.__module__}.{class_.__qualname__}"


_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "queue": ("queue", _as_it_is),
    "priority": ("priority", _as_it_is),
    "maxRetries": ("max_retries", _as_it_is),
    "retryFor": ("retry_for", _class_names),
    "retryBackoffSeconds": ("retry_backoff", _number),
    "retryBackoffMaxSeconds": ("retry_backoff_max", _number),
    "timeoutSeconds": ("timeout", _number),
    "totalTimeoutSeconds": ("total_timeout", _number),
    "queueTimeoutSeconds": ("queue_timeout", _number),
    "resultTTLSeconds": ("result_ttl", _as_it_is),
    "failureTTLSeconds": ("failure_ttl", _as_it_is),
    "history": ("history", _word),
    "cache": ("cache", _as_it_is),
    "disableCacheArgs": ("disable_cache_args", list),
    "parallelBatchSize": ("parallel_batch_size", _as_it_is),
}
"""Fields of a Task object: the option that each shows, and how."""


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
