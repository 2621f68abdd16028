"""The page of custom resources: for each kind its names, an example, all fields, and what `kubectl get` prints.

Pure: examples are given as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pynenc.api import names
from pynenc.api.crds import DEFINITIONS, Definition, custom_resource_definition
from pynenc.api.schema import Node

HEAD = f"""\
# Custom resources

All kinds are of `{names.API_VERSION}` and namespaced; `kubectl get {names.CATEGORY}` lists them all. References lead to
objects of the same namespace. This page is generated from the models in `sdk/src/pynenc/api/v1alpha1` by
`make generate`; `kubectl explain` says the same.

Editors check manifests with the JSON Schemas in [schemas](schemas): with yaml-language-server, a line such as
`# yaml-language-server: $schema=docs/reference/schemas/task_v1alpha1.json` at the top of a manifest does it.

| kind | resource | short name | |
|---|---|---|---|
"""
_TABLE = "| field | type | default | rules | |\n|---|---|---|---|---|\n"
_COUNTED = (("Length", "characters"), ("Items", "items"), ("Properties", "entries"))


def reference(examples: Mapping[str, str]) -> str:
    """The page as Markdown; `examples` is a manifest for each kind, as YAML."""
    rows = "".join(
        f"| [{d.resource.kind}](#{d.resource.singular}) | `{d.resource.crd_name}` | `{d.resource.short_name}` "
        f"| {_cell(_schema(d)['description'])} |\n"
        for d in DEFINITIONS
    )
    return HEAD + rows + "".join(_section(d, examples[d.resource.kind]) for d in DEFINITIONS)


def _section(definition: Definition, example: str) -> str:
    resource, schema = definition.resource, _schema(definition)
    columns = custom_resource_definition(definition)["spec"]["versions"][0]["additionalPrinterColumns"]
    narrow = ", ".join(f"{column['name']}" for column in columns if "priority" not in column)
    wide = ", ".join(f"{column['name']}" for column in columns if "priority" in column)
    more = f"; with `-o wide` also {wide}" if wide else ""
    parts = [f"\n## {resource.kind}\n\n{schema['description']}\n\n```yaml\n{example.strip()}\n```\n"]
    for part in ("spec", "status"):
        node = schema["properties"][part]
        parts.append(f"\n### {resource.kind} {part}\n\n{node['description']}\n\n{_rules_below(node)}{_TABLE}")
        parts += _rows(node, "")
    parts.append(f"\n`kubectl get {resource.short_name}` prints Name, {narrow}{more}.")
    if definition.selectable:
        fields = ", ".join(f"`{path.removeprefix('.')}`" for path in definition.selectable)
        parts.append(f" `--field-selector` knows {fields}.")
    return "".join([*parts, "\n"])


def _schema(definition: Definition) -> Node:
    schema: Node = custom_resource_definition(definition)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def _rows(node: Node, path: str) -> Iterator[str]:
    """A row for each field below a node, parents first."""
    required = set(node.get("required", ()))
    for name, field in node.get("properties", {}).items():
        place = f"{path}{name}"
        if place == "conditions":
            yield f"| `{place}` | conditions | | | {_cell(field['description'])} |\n"
            continue
        rules = "; ".join([*(["required"] if name in required else []), *_rules(field)])
        default = f"`{json.dumps(field['default'])}`" if field.get("default", {}) != {} else ""
        cells = (f"`{place}`", _type(field), default, rules, field["description"])
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |\n"
        inner = field["items"] if field.get("type") == "array" else field
        yield from _rows(inner, f"{place}[]." if inner is not field else f"{place}.")


def _type(node: Node) -> str:
    if node.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if node.get("type") == "array":
        return f"list of {_type(node['items'])}"
    if isinstance(node.get("additionalProperties"), dict):
        return f"map to {_type(node['additionalProperties'])}"
    if node.get("format") == "date-time":
        return "time"
    if "type" not in node or (node["type"] == "object" and node.get("x-kubernetes-preserve-unknown-fields")):
        return "map to any" if node.get("type") == "object" else "any"
    return str(node["type"])


def _rules(node: Node) -> Iterator[str]:
    if "enum" in node:
        yield f"one of {', '.join(f'`{value}`' for value in node['enum'])}"
    yield from _bounds(node)
    if "pattern" in node:
        yield f"matches `{node['pattern']}`"
    if "x-kubernetes-list-map-keys" in node:
        yield f"each `{node['x-kubernetes-list-map-keys'][0]}` once"
    yield from (check["message"] for check in node.get("x-kubernetes-validations", ()))
    inner: Any = node.get("items") or node.get("additionalProperties")
    if isinstance(inner, dict) and "properties" not in inner:
        yield from (f"each {rule}" for rule in _rules(inner))
    elif isinstance(inner, dict):
        yield from (check["message"] for check in inner.get("x-kubernetes-validations", ()))


def _bounds(node: Node) -> Iterator[str]:
    if "minimum" in node or "maximum" in node:
        yield _span(node.get("minimum"), node.get("maximum"))
    for suffix, what in _COUNTED:
        low, high = node.get(f"min{suffix}"), node.get(f"max{suffix}")
        if high is not None:
            yield f"{_span(low, high)} {what}"


def _span(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{low} or more"
    return f"at most {high}" if low is None else f"{low} to {high}"


def _rules_below(node: Node) -> str:
    """The checks across the fields of a whole part, as a list."""
    messages = dict.fromkeys(check["message"] for check in node.get("x-kubernetes-validations", ()))
    return "".join(f"- {message}\n" for message in messages) + ("\n" if messages else "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
