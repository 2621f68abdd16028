"""Kind to JSON Schema, as editors take it for manifests: the schema of the API server without what only that knows.

Pure. A field that is not declared is an error here, so that an editor marks it; checks across fields stay with the
server.
"""

from __future__ import annotations

from pynenc.api import names
from pynenc.api.crds import Definition
from pynenc.api.schema import Node, structural_schema

_SERVER_ONLY = "x-kubernetes-"
_FREE = "x-kubernetes-preserve-unknown-fields"
_NUMBER_OR_TEXT = "x-kubernetes-int-or-string"


def json_schema(definition: Definition) -> Node:
    """The JSON Schema (2020-12) of the manifests of a kind."""
    schema = _plain(structural_schema(definition.model))
    del schema["properties"]["status"]
    schema["properties"] |= {
        "apiVersion": {"const": names.API_VERSION, "description": "Group and version of the schema of this object."},
        "kind": {"const": definition.resource.kind, "description": "What this object is."},
        "metadata": {"type": "object", "description": "Name, namespace, labels and annotations."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{definition.resource.kind} of {names.API_VERSION}",
        **schema,
        "required": ["apiVersion", "kind", "metadata", "spec"],
    }


def file_name(definition: Definition) -> str:
    """How tools that look schemas up by kind and version expect the file to be called."""
    return f"{definition.resource.singular}_{names.VERSION}.json"


def _plain(node: Node) -> Node:
    plain: Node = {keyword: value for keyword, value in node.items() if not keyword.startswith(_SERVER_ONLY)}
    if "properties" in node:
        plain["properties"] = {name: _plain(inner) for name, inner in node["properties"].items()}
        plain.setdefault("additionalProperties", False)
    for keyword in ("items", "additionalProperties"):
        if isinstance(plain.get(keyword), dict):
            plain[keyword] = _plain(plain[keyword])
    if node.get(_FREE):
        plain.pop("additionalProperties", None)
    if node.get(_NUMBER_OR_TEXT):
        plain["type"] = ["integer", "string"]
    return plain
