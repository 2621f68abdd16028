"""Typed values out of text, files and Python: what settings and task options have in common.

Environment variables are always text, files are typed, decorators are Python; `read` accepts all three. What a
value means and how far it may go is said by the tables of `pynenc.config.fields` and `pynenc.core.options`.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value allowed, both included."""

    least: float
    greatest: float


def nearest(name: str, known: Iterable[str]) -> str:
    """The rest of a sentence about the unknown `name`: the known name closest to it, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"known are {', '.join(names)}"


def read_bool(value: object) -> bool:
    """A truth value, also from the words of a shell.

    Raises:
        ValueError: it is neither; the message is the rest of a sentence that starts with a name.
    """
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError("must be true or false")


def read_int(value: object, bounds: Bounds) -> int:
    """A whole number within `bounds`, also from text; raises ValueError as `read_bool` does."""
    wish = f"must be a whole number from {bounds.least:g} to {bounds.greatest:.0f}"
    if isinstance(value, str):
        try:
            value = int(value.strip())
        except ValueError:
            raise ValueError(wish) from None
    if not isinstance(value, int) or isinstance(value, bool) or not bounds.least <= value <= bounds.greatest:
        raise ValueError(wish)
    return value


def read_float(value: object, bounds: Bounds) -> float:
    """A finite number within `bounds`, also from text; raises ValueError as `read_bool` does."""
    wish = f"must be a number from {bounds.least:g} to {bounds.greatest:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(wish)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(wish) from None
    if not math.isfinite(number) or not bounds.least <= number <= bounds.greatest:
        raise ValueError(wish)
    return number


def read_str(value: object) -> str:
    """Text as it is; raises ValueError as `read_bool` does."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def read_word(value: object, words: type[E]) -> E:
    """The member of `words` that has this name, in any case; raises ValueError as `read_bool` does."""
    name = value.strip().upper() if isinstance(value, str) else ""
    if name not in words.__members__:
        raise ValueError(f"must be one of {', '.join(word.value for word in words)}")
    return words[name]


def read_numbers(value: object, bounds: Bounds) -> dict[str, int]:
    """Whole numbers by name, also from JSON or `name=3,other=1`; raises ValueError as `read_bool` does."""
    items = _pairs(value) if isinstance(value, str) else value
    if not isinstance(items, Mapping) or not all(isinstance(name, str) for name in items):
        raise ValueError("must be numbers by name, in JSON or as name=3,other=1")
    return {name: read_int(number, bounds) for name, number in items.items()}


def _pairs(text: str) -> object:
    if text.lstrip().startswith("{"):
        return _json(text)
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): number for name, _, number in parts}


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def read_names(value: object) -> tuple[str, ...]:
    """A list of names, also from JSON or comma-separated text; raises ValueError as `read_bool` does."""
    items = _split(value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) and item for item in items):
        raise ValueError("must be a list of names, in JSON or separated by commas")
    return tuple(items)


def _split(text: str) -> object:
    if text.lstrip().startswith("["):
        return _json(text)
    return [part.strip() for part in text.split(",")]
