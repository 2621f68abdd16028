"""Pydantic model to structural OpenAPI v3 schema, as a CustomResourceDefinition needs it.

Pure and total: a keyword that has no known counterpart raises, so nothing is lost silently. What differs from JSON
Schema, and why, is written at each rule. Which fields and kinds exist is decided in `v1alpha1` and `crds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from pynenc.errors import DefinitionError

Node = dict[str, Any]

_KEPT = frozenset(
    {
        *("description", "default", "type", "format", "pattern", "enum", "required", "nullable"),
        *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_DROPPED = frozenset({"title", "$defs"})
_ANY = {"x-kubernetes-preserve-unknown-fields": True}


class UntranslatableSchemaError(DefinitionError):
    """A model uses something that a structural schema cannot express."""

    code = "untranslatable-schema"


def structural_schema(model: type[BaseModel]) -> Node:
    """The schema of a model with references inlined, titles dropped and JSON names.

    Raises:
        UntranslatableSchemaError: the model is recursive, or uses a union, a tuple or a keyword without counterpart.
    """
    schema = model.model_json_schema(by_alias=True)
    return _Translator(schema.get("$defs", {})).translate(schema, model.__name__, ())


class _Translator:
    """One walk over one schema; holds the definitions that references point to."""

    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self._definitions = definitions

    def translate(self, node: Node, path: str, inside: tuple[str, ...]) -> Node:
        """Translate the node at `path`; `inside` are the definitions that it is part of."""
        node, inside = self._resolve(node, path, inside)
        result: Node = {}
        for keyword, value in node.items():
            result |= self._keyword(keyword, value, path, inside)
        if result.get("default", ...) is None:
            del result["default"]  # in an object, absent is how None is written
        if not result.keys() - {"description", "default"}:
            result |= _ANY
        return dict(sorted(result.items()))

    def _resolve(self, node: Node, path: str, inside: tuple[str, ...]) -> tuple[Node, tuple[str, ...]]:
        """Replace `$ref` and `X | None` by what they stand for; what is written beside them wins."""
        while "$ref" in node or "anyOf" in node:
            node = dict(node)
            if "$ref" in node:
                name = node.pop("$ref").rpartition("/")[2]
                if name in inside:
                    raise UntranslatableSchemaError(f"{path}: {name} contains itself")
                node, inside = {**self._definitions[name], **node}, (*inside, name)
            else:
                node = {**_union(node.pop("anyOf"), path), **node}
        return node, inside

    def _keyword(self, keyword: str, value: Any, path: str, inside: tuple[str, ...]) -> Node:
        match keyword:
            case "properties":
                return {keyword: {name: self.translate(at, f"{path}.{name}", inside) for name, at in value.items()}}
            case "items":
                return {keyword: self.translate(value, f"{path}[]", inside)}
            case "additionalProperties" if isinstance(value, dict):
                values = self.translate(value, f"{path}{{}}", inside)
                return _ANY if values == _ANY else {keyword: values}
        return _plain(keyword, value, path)


def _plain(keyword: str, value: Any, path: str) -> Node:
    """What a keyword that holds no schema becomes."""
    if keyword in _KEPT or keyword.startswith("x-kubernetes-"):
        return {keyword: value}
    if keyword in _DROPPED:
        return {}
    match keyword, value:
        case "const", _:
            return {"enum": [value]}
        case (("exclusiveMinimum" | "exclusiveMaximum"), _):  # numbers there, flags in OpenAPI 3.0
            return {keyword: True, keyword.replace("exclusiveM", "m"): value}
        case "uniqueItems", True:
            return {"x-kubernetes-list-type": "set"}
        case "additionalProperties", False:  # the API server prunes what is not declared
            return {}
        case "additionalProperties", True:
            return _ANY
    raise UntranslatableSchemaError(f"{path}: {keyword} has no counterpart in a structural schema")


def _union(members: list[Node], path: str) -> Node:
    """`X | None` is X; `int | str` has a name of its own; the rest is not to be had."""
    real = [member for member in members if member.get("type") != "null"]
    if len(real) == 1:
        return real[0]
    if sorted(str(member.get("type")) for member in real) == ["integer", "string"]:
        bounds = {key: value for member in real for key, value in member.items() if key != "type"}
        return {**bounds, "x-kubernetes-int-or-string": True}
    raise UntranslatableSchemaError(f"{path}: a union needs one object with optional members and a rule")
