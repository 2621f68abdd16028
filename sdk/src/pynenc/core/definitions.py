"""Published task definitions: their text form, and the options of a task that they set."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from pynenc.core.records import TaskDefinition, WorkerInfo

_UNIT = "_seconds"


def definition_to_json(definition: TaskDefinition) -> str:
    """Deterministic JSON without what is not set."""
    return json.dumps({key: value for key, value in asdict(definition).items() if value is not None}, sort_keys=True)


@lru_cache(maxsize=4096)
def definition_from_json(text: str) -> TaskDefinition:
    """Read what `definition_to_json` wrote; fields of a newer version are left out."""
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in json.loads(text).items()
        if key in TaskDefinition.__dataclass_fields__
    }
    return TaskDefinition(**fields)


def code_of(worker: WorkerInfo) -> str:
    """What a worker says of its code, kept for its pool; empty if it says nothing, or is of no pool."""
    return "" if worker.tasks is None or not worker.pool else json.dumps(sorted(worker.tasks), separators=(",", ":"))


@lru_cache(maxsize=256)
def tasks_in(code: str) -> frozenset[str]:
    """The ids of tasks that `code_of` tells."""
    return frozenset(json.loads(code))


def options_of(definition: TaskDefinition) -> dict[str, object]:
    """The options that are set, under the names that `pynenc.core.options.apply_options` takes."""
    fields = asdict(definition)
    del fields["task_id"], fields["source_digest"], fields["suspended"]
    return {name.removesuffix(_UNIT): value for name, value in fields.items() if value is not None}
