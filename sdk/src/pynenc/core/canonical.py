"""One text for equal arguments: what dictionaries and sets do not promise about their order is taken out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OBJECT = b"{"


def canonical(value: object, encoded: bytes) -> bytes:
    """`encoded`, as `Codec.dump_apart` wrote `value`, such that equal values have equal texts.

    Sets are sorted where they stand in lists, tuples, dictionaries or alone; names of objects are sorted everywhere.
    What is no JSON, such as an array or the work of a serializer of one's own, stays as it is.
    """
    if encoded[:1] != OBJECT:
        return encoded
    return text_of_plain(_sorted(value, json.loads(encoded)["value"]))


def text_of_plain(plain: Any) -> bytes:
    """The text of JSON; names of objects are sorted."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _sorted(value: object, plain: Any) -> Any:
    if not isinstance(plain, list | dict):
        return plain
    if isinstance(value, set | frozenset):
        return sorted((_sorted(item, inner) for item, inner in zip(value, plain, strict=True)), key=text_of_plain)
    if isinstance(value, list | tuple) and isinstance(plain, list):
        return [_sorted(item, inner) for item, inner in zip(value, plain, strict=True)]
    if isinstance(value, Mapping) and isinstance(plain, dict):
        pairs = zip(value.values(), plain.items(), strict=True)
        return {name: _sorted(item, inner) for item, (name, inner) in pairs}
    return plain
