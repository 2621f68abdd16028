"""What a JSON payload from outside may look like, checked before it is decoded: depth, digits and names."""

from __future__ import annotations

import json
import re
from typing import Any

from pynenc.core.plain import DEEPEST
from pynenc.errors import SerializationError

LONGEST_INTEGER = 1000
_LONG_DIGITS = re.compile(rb"\d{%d}" % (LONGEST_INTEGER + 1))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_ENVELOPE_DEPTH = 1
"""The object of arguments or result around the values, whose depth is limited."""


def check_json(payload: bytes, what: str) -> None:
    """Return if the shape of `payload` does no harm; whether it is JSON is for the decoder to say.

    The usual small payload is told by counting bytes alone.

    Raises:
        SerializationError: nested deeper than 64, an integer of more than 1000 digits, or a name twice.
    """
    if payload.count(b"[") + payload.count(b"{") > DEEPEST:
        _check_depth(payload, what)
    if len(payload) > LONGEST_INTEGER and _LONG_DIGITS.search(payload) and _LONG_DIGITS.search(_outside(payload)):
        raise SerializationError(f"{what}: an integer longer than {LONGEST_INTEGER} digits")
    if payload.count(b":") > 1:
        _check_names(payload, what)


def _outside(payload: bytes) -> bytes:
    return _STRING.sub(b'""', payload)


def _check_depth(payload: bytes, what: str) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_outside(payload)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST + _ENVELOPE_DEPTH:
            raise SerializationError(f"{what}: nesting deeper than {DEEPEST}")


def _check_names(payload: bytes, what: str) -> None:
    def of_pairs(pairs: list[tuple[str, Any]]) -> None:
        if len(dict.fromkeys(name for name, _ in pairs)) < len(pairs):
            raise SerializationError(f"{what}: a name stands twice in one object")

    try:
        json.loads(payload, object_pairs_hook=of_pairs, parse_int=_ignored, parse_float=_ignored)
    except (ValueError, RecursionError):
        return


def _ignored(text: str) -> None:
    """Numbers are not read here."""
