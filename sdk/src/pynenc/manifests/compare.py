"""What differs between the objects that the code gives and those that there are; pure.

Two objects are the same when their specs mean the same: a default that is written out is no difference. Labels,
annotations and status are nobody's business here, and code does not say whether a task is suspended.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pynenc.api import v1alpha1
from pynenc.api.names import API_VERSION, APP, TASK, WORKER_POOL
from pynenc.api.yaml_text import yaml_of

Manifest = Mapping[str, Any]
COMPARED = (APP.kind, WORKER_POOL.kind, TASK.kind)
"""The kinds that code can give."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not as the code gives it; `lines` are a unified diff from what there is to what is wanted."""

    kind: str
    name: str
    what: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.what}"


def compare(wanted: Iterable[Manifest], found: Iterable[Manifest], app_ref: str) -> list[Difference]:
    """The differences, those of `wanted` in its order first.

    Objects in `found` of kinds that are not wanted, of other groups, or of other Apps than `app_ref` do not count.
    """
    known = {_key(one): one for one in found if _is_ours(one)}
    keys = []
    differences = []
    for one in wanted:
        keys.append(_key(one))
        there = known.get(_key(one))
        if there is None:
            differences.append(Difference(*_key(one), "is missing", _lines(None, one)))
        elif (before := _meaning(there)) != (after := _meaning(one)):
            differences.append(Difference(*_key(one), "differs", _lines(before, after)))
    extra = (
        Difference(*key, "is not declared by the code", _lines(one, None))
        for key, one in known.items()
        if key not in keys and key[0] == TASK.kind and one["spec"].get("appRef", {}).get("name") == app_ref
    )
    return [*differences, *extra]


def _is_ours(manifest: Manifest) -> bool:
    return manifest.get("apiVersion") == API_VERSION and manifest.get("kind") in COMPARED


def _key(manifest: Manifest) -> tuple[str, str]:
    return str(manifest["kind"]), str(manifest["metadata"].get("name", ""))


def _meaning(manifest: Manifest) -> dict[str, Any]:
    """The object with all defaults, and without what the code says nothing of; as it is, if it cannot be read."""
    kind, name = _key(manifest)
    model = getattr(v1alpha1, kind)
    try:
        spec = model.from_dict({"metadata": {"name": name}, "spec": manifest["spec"]}).to_dict()["spec"]
    except ValidationError:
        spec = dict(manifest["spec"])
    if kind == TASK.kind:
        spec.pop("suspend", None)
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


def _lines(before: Manifest | None, after: Manifest | None) -> tuple[str, ...]:
    there, wanted = (
        "" if one is None else yaml_of({part: one[part] for part in ("kind", "metadata", "spec")}, sort_keys=True)
        for one in (before, after)
    )
    return tuple(difflib.unified_diff(there.splitlines(), wanted.splitlines(), "there", "code", lineterm=""))
