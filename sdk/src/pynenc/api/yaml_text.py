"""Objects to YAML text that is the same for the same object, free of anchors and readable in a review."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml


class _Plain(yaml.SafeDumper):
    """Writes a value twice rather than pointing at it: an anchor surprises readers and many parsers."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never point."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key, as the manifests written by hand do."""
        super().increase_indent(flow, indentless=False)


# What kubectl and helm read as a truth value or a number, and PyYAML alone would write without quotes.
_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^[yYnN]$"), list("yYnN"))
_Plain.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9_]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?0o[0-7_]+$"), list("-+0"))


def yaml_of(document: Mapping[str, Any], *, sort_keys: bool = False) -> str:
    """One YAML document, without a separator before it."""
    text: str = yaml.dump(
        document, Dumper=_Plain, sort_keys=sort_keys, width=100, allow_unicode=True, default_flow_style=False
    )
    return text
