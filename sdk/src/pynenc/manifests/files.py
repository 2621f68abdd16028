"""Manifests from files, as plain objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from pynenc.errors import ManifestError

SUFFIXES = (".yaml", ".yml", ".json")


def objects_in(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """All objects in files, and in the YAML and JSON files right in folders, by the names of the files.

    Raises:
        ManifestError: there is no such file, or it cannot be read as YAML.
    """
    return [document for path in paths for file in _files(path) for document in _documents(file)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    return [path]


def _documents(file: Path) -> Iterator[dict[str, Any]]:
    try:
        documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ManifestError(f"{file} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ManifestError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    for document in documents:
        for one in _flat(document):
            if not isinstance(one.get("metadata"), dict) or not isinstance(one.get("spec", {}), dict):
                raise ManifestError(f"{file} holds something that is no object of Kubernetes")
            yield {"spec": {}, **one}


def _flat(document: object) -> list[dict[str, Any]]:
    """The objects of a document: several if it is a List, none if it is empty."""
    if isinstance(document, dict) and document.get("kind") == "List":
        return [one for one in document.get("items") or [] if isinstance(one, dict)]
    return [document] if isinstance(document, dict) else []
