"""Do arguments fit a JSON Schema of parameters, and if not, what is wrong; pure.

Patterns are not evaluated here: a bad one can take for ever, and the worker validates by type anyway. Nothing is
ever fetched to resolve a reference.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema
import referencing
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend
from referencing.exceptions import Unresolvable

from pynenc.api.v1alpha1 import ARGUMENTS_LIMIT_BYTES

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
    (type(None), "null"),
)


def _ignored(*_: Any) -> Iterator[ValidationError]:
    return iter(())


_extend: Any = extend  # has no annotations
_Validator = _extend(jsonschema.Draft202012Validator, {"pattern": _ignored, "patternProperties": _ignored})


def payload_of(arguments: Mapping[str, Any]) -> bytes:
    """The wire form of arguments."""
    return json.dumps(arguments, separators=(",", ":"), ensure_ascii=False).encode()


def schema_fault(schema: Mapping[str, Any] | None) -> str:
    """Why `schema` is not a JSON Schema, or nothing."""
    return _schema_fault(json.dumps(schema or {}))


@lru_cache(maxsize=4096)
def _schema_fault(schema: str) -> str:
    """A check costs a millisecond, and a Task is looked at again and again."""
    try:
        jsonschema.Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message
    return ""


def arguments_fault(arguments: Mapping[str, Any], schema: Mapping[str, Any] | None) -> str:
    """Why `arguments` do not fit, such as `arguments.count: expected integer, got string`, or nothing."""
    if len(payload_of(arguments)) > ARGUMENTS_LIMIT_BYTES:
        return f"arguments must be at most {ARGUMENTS_LIMIT_BYTES} bytes"
    if schema is None:
        return ""
    if schema_fault(schema):
        return "spec.parameters of the Task is not a JSON Schema"
    validator = _Validator(dict(schema), registry=referencing.Registry())
    try:
        error = best_match(validator.iter_errors(dict(arguments)))
    except Unresolvable as unresolvable:
        return f"spec.parameters of the Task refers to something outside itself: {unresolvable.ref}"
    return "" if error is None else _told(error)


def partial_fault(arguments: Mapping[str, Any], later: Collection[str], schema: Mapping[str, Any] | None) -> str:
    """The same for arguments of which those named in `later` are not known yet."""
    twice = next((name for name in later if name in arguments), None)
    if twice is not None:
        return f"{twice} is both in arguments and in argumentsFrom"
    if schema is None or schema_fault(schema):
        return arguments_fault(arguments, schema)
    known = _names(schema.get("properties"))
    if schema.get("additionalProperties") is False:
        extra = next((name for name in later if name not in known), None)
        if extra is not None:
            return f"argumentsFrom.{extra}: not a parameter (parameters: {', '.join(known) or 'none'})"
    required = [name for name in _names(schema.get("required")) if name not in later]
    return arguments_fault(arguments, {**schema, "required": required})


def _told(error: ValidationError) -> str:
    """Where and what, without the value: it may be a secret."""
    place = "arguments" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    if error.validator == "type":
        return f"{place}: expected {_either(error.validator_value)}, got {_type_of(error.instance)}"
    if error.validator == "required":
        missing = next((name for name in _names(error.validator_value) if name not in _names(error.instance)), "?")
        return f"{place}.{missing}: required"
    if error.validator == "additionalProperties":
        known = _names(error.schema.get("properties")) if isinstance(error.schema, Mapping) else []
        extra = next((name for name in _names(error.instance) if name not in known), "?")
        return f"{place}.{extra}: not a parameter (parameters: {', '.join(known) or 'none'})"
    return f"{place}: does not satisfy {error.validator}: {json.dumps(error.validator_value, default=str)}"


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list | dict) else []


def _either(types: object) -> str:
    return " or ".join(types) if isinstance(types, list) else str(types)


def _type_of(value: object) -> str:
    return next(name for class_, name in _TYPES if isinstance(value, class_))
