"""The text form of published task definitions."""

from __future__ import annotations

import json
from dataclasses import asdict

from pynenc.core.records import TaskDefinition


def definition_to_json(definition: TaskDefinition) -> str:
    """Deterministic JSON without what is not set."""
    return json.dumps({key: value for key, value in asdict(definition).items() if value is not None}, sort_keys=True)


def definition_from_json(text: str) -> TaskDefinition:
    """Read what `definition_to_json` wrote; fields of a newer version are left out."""
    known = {key: value for key, value in json.loads(text).items() if key in TaskDefinition.__dataclass_fields__}
    if "retry_for" in known:
        known["retry_for"] = tuple(known["retry_for"])
    return TaskDefinition(**known)
