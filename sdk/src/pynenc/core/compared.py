"""What arguments are compared by, from their JSON and the schema of the parameters: for who has not the function.

It is what `canonical` makes of the values, where the JSON is written as the SDK writes it. JSON can say the same in
several ways, such as a time with `Z` or with `+00:00`; these are not known to be equal.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from pynenc.core.canonical import text_of_plain

Schema = Mapping[str, Any]
DEEPEST_REFERENCE = 16
_TYPES: Mapping[type, tuple[str, ...]] = {
    type(None): ("null",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    str: ("string",),
    list: ("array",),
    dict: ("object",),
}


def texts_of(arguments: Mapping[str, Any], parameters: Schema, names: Iterable[str]) -> dict[str, bytes]:
    """The texts of the arguments of these names; one that is absent has the default that the schema says, or null."""
    properties, definitions = _schema(parameters.get("properties")), _schema(parameters.get("$defs"))
    return {name: _text(arguments, name, _schema(properties.get(name)), definitions) for name in names}


def _text(arguments: Mapping[str, Any], name: str, schema: Schema, definitions: Schema) -> bytes:
    value = arguments.get(name, schema.get("default"))
    if schema.get("contentEncoding") == "base64" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            pass  # the worker says so
    return text_of_plain(_normal(value, schema, definitions))


def _normal(value: Any, schema: Schema, definitions: Schema) -> Any:
    """Numbers and sets as a value of the declared type writes them."""
    schema = _resolved(value, schema, definitions)
    if isinstance(value, list):
        items = [_normal(item, _schema_of_item(schema, index), definitions) for index, item in enumerate(value)]
        return sorted(items, key=text_of_plain) if schema.get("uniqueItems") is True else items
    if isinstance(value, dict):
        known, other = _schema(schema.get("properties")), _schema(schema.get("additionalProperties"))
        return {name: _normal(inner, _schema(known.get(name, other)), definitions) for name, inner in value.items()}
    return float(value) if type(value) is int and schema.get("type") == "number" else value


def _resolved(value: Any, schema: Schema, definitions: Schema) -> Schema:
    for _ in range(DEEPEST_REFERENCE):
        if "$ref" in schema:
            schema = _referred(schema, definitions)
        elif "anyOf" in schema:
            schema = _member(value, [_schema(member) for member in schema["anyOf"]], definitions)
        else:
            return schema
    return {}


def _referred(schema: Schema, definitions: Schema) -> Schema:
    return _schema(definitions.get(str(schema["$ref"]).rpartition("/")[2]))


def _member(value: Any, members: list[Schema], definitions: Schema) -> Schema:
    """The one whose type is closest to that of the value."""
    resolved = [_referred(member, definitions) if "$ref" in member else member for member in members]
    for name in _TYPES.get(type(value), ()):
        for member in resolved:
            if member.get("type") == name:
                return member
    return {}


def _schema_of_item(schema: Schema, index: int) -> Schema:
    by_place = schema.get("prefixItems", ())
    return _schema(by_place[index] if index < len(by_place) else schema.get("items"))


def _schema(node: object) -> Schema:
    return node if isinstance(node, Mapping) else {}
