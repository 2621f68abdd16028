"""The rim of the configuration: reads files and finds exception classes by name.

Nothing here decides between sources; that is `pynenc.config.layers`.
"""

from __future__ import annotations

import builtins
import importlib
import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pynenc import errors
from pynenc.config.layers import Source, source_of_table
from pynenc.errors import ConfigurationError

PYPROJECT = "pyproject.toml"


def source_of_file(named: str, directory: Path) -> Source:
    """The settings in the file `named`, or in `pyproject.toml` of `directory` when no file is named.

    Raises:
        ConfigurationError: the file is missing, cannot be parsed, or has a key that names no setting.
    """
    path = directory / (named or PYPROJECT)
    if not named and not path.is_file():
        return Source()
    document = _parse(path)
    table = _table_of(document, path)
    return source_of_table(table, path.name if table is document else f"{path.name} [tool.pynenc]")


def _parse(path: Path) -> Mapping[str, object]:
    try:
        document = _read(path)
    except FileNotFoundError:
        raise ConfigurationError(f"configuration file {path} does not exist") from None
    except OSError as error:
        raise ConfigurationError(f"configuration file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"configuration file {path} cannot be parsed: {error}") from error
    if not isinstance(document, Mapping):
        raise ConfigurationError(f"configuration file {path} must hold a table")
    return document


def _read(path: Path) -> object:
    """The document in the file; what cannot be parsed is a ValueError."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".toml":
            return tomllib.loads(text)
        case ".json":
            return json.loads(text)
        case ".yaml" | ".yml":
            return _read_yaml(text)
        case _:
            raise ValueError("its name must end in .toml, .yaml, .yml or .json")


def _read_yaml(text: str) -> object:
    import yaml

    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _table_of(document: Mapping[str, object], path: Path) -> Mapping[str, object]:
    tool = document.get("tool")
    table = tool.get("pynenc") if isinstance(tool, Mapping) else None
    if isinstance(table, Mapping):
        return table
    return {} if path.name == PYPROJECT else document


def exception_named(name: str, module_name: str) -> type[BaseException]:
    """The exception class called `name`: built-in, of this package, of the task's own module, or by dotted path.

    Raises:
        ValueError: there is none; the message is the rest of a sentence that starts with the option.
    """
    parent, _, attribute = name.rpartition(".")
    places = [_import(parent)] if parent else [builtins, errors, sys.modules.get(module_name)]
    for place in places:
        found = getattr(place, attribute, None)
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
    raise ValueError(f'names "{name}", which is no exception class that {module_name} can see')


def _import(module_name: str) -> object:
    try:
        return importlib.import_module(module_name)
    except ImportError:
        return None
