"""Plain JSON: what a value must be to come back equal when nothing is known of its type."""

from __future__ import annotations

import math
from typing import Any

from pynenc.errors import SerializationError

DEEPEST = 64
SCALARS = (str, bool, int, type(None))


def check_plain(value: Any, path: str, depth: int = 0) -> None:
    """Return if `value` is plain JSON, so that it comes back equal.

    Raises:
        SerializationError: it is not; `path` and where inside it are in the message, the value is not.
    """
    if depth > DEEPEST:
        raise SerializationError(f"{path} is nested deeper than {DEEPEST}, or contains a cycle")
    kind = type(value)
    if kind in SCALARS:
        return
    if kind is float:
        _check_float(value, path)
    elif kind is list:
        for index, item in enumerate(value):
            check_plain(item, f"{path}[{index}]", depth + 1)
    elif kind is dict:
        _check_dict(value, path, depth)
    else:
        name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        raise SerializationError(f"{path} is not JSON-serialisable ({name}); annotate it, or pass an id instead")


def _check_float(value: float, path: str) -> None:
    if not math.isfinite(value):
        raise SerializationError(f"{path} contains {value}")


def _check_dict(value: dict[Any, Any], path: str, depth: int) -> None:
    for key, item in value.items():
        if type(key) is not str:
            raise SerializationError(f"{path} has a key of type {type(key).__name__}; JSON keys are strings")
        check_plain(item, f"{path}.{key}", depth + 1)
