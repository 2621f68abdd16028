"""What a user lays over the pod template that the operator makes; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def overlaid(base: Any, overlay: Any) -> Any:
    """`base` with what `overlay` says.

    Objects are merged field by field, where null takes a field away, lists of named items item by item, and everything
    else is replaced.
    """
    if isinstance(base, Mapping) and isinstance(overlay, Mapping):
        merged = {**base, **{name: overlaid(base.get(name), value) for name, value in overlay.items()}}
        return {name: value for name, value in merged.items() if value is not None}
    if _is_named(base) and _is_named(overlay):
        changes = {item["name"]: item for item in overlay}
        kept = [overlaid(item, changes.pop(item["name"], {})) for item in base]
        return [*kept, *changes.values()]
    return overlay


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) and "name" in item for item in value)
