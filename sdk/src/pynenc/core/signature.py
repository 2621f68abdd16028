"""The parameters of a function: binding calls to them, and their types."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from pynenc.core.canonical import canonical
from pynenc.core.values import nearest
from pynenc.errors import InvalidArguments, SerializationError, TaskDefinitionError

Kind = inspect.Parameter
POSITIONAL = (Kind.POSITIONAL_ONLY, Kind.POSITIONAL_OR_KEYWORD)


class Signature:
    """What a function takes and gives, read once when it becomes a task."""

    def __init__(self, func: Callable[..., Any]) -> None:
        from pynenc.core.payloads import Codec  # pydantic is half of the import time of an app that defines no task

        self.name = func.__name__
        self._signature = inspect.signature(func)
        self._parameters = self._signature.parameters
        self._is_plain = all(it.kind is Kind.POSITIONAL_OR_KEYWORD for it in self._parameters.values())
        self._defaults = {name: it.default for name, it in self._parameters.items() if it.default is not Kind.empty}
        hints = _hints(func)
        types = {name: _type_of(parameter, hints.get(name, Any)) for name, parameter in self._parameters.items()}
        optional = frozenset(name for name, parameter in self._parameters.items() if _is_optional(parameter))
        try:
            self.arguments = Codec(types, optional=optional)
            self.result = Codec({"value": hints.get("return", Any)}, what="result")
        except SerializationError as error:
            raise TaskDefinitionError(f"{func.__module__}.{self.name}: {error}") from error

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name, defaults filled in.

        Raises:
            InvalidArguments: they do not fit.
        """
        if self._is_plain and (values := self._bind_plain(args, kwargs)) is not None:
            return values
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise InvalidArguments(f"{self.name}() {self._misfit(args, kwargs) or error}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def _bind_plain(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any] | None:
        """As `bind`, several times quicker, where no parameter is special; None if the arguments do not fit."""
        values = dict(zip(self._parameters, args, strict=False))
        given = len(args)
        for name in islice(self._parameters, given, None):
            if name in kwargs:
                values[name] = kwargs[name]
                given += 1
            elif name in self._defaults:
                values[name] = self._defaults[name]
            else:
                return None
        return values if given == len(args) + len(kwargs) and len(args) <= len(self._parameters) else None

    def _misfit(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """What is wrong with arguments that do not fit, or empty if it is something rare."""
        kinds = [parameter.kind for parameter in self._parameters.values()]
        positional = [name for name, parameter in self._parameters.items() if parameter.kind in POSITIONAL]
        if len(args) > len(positional) and Kind.VAR_POSITIONAL not in kinds:
            return f"takes {len(positional)} positional argument{_s(positional)}, got {len(args)}"
        unknown = [name for name in kwargs if name not in self._parameters]
        if unknown and Kind.VAR_KEYWORD not in kinds:
            wish = nearest(unknown[0], self._parameters) if self._parameters else "it takes none"
            return f'got an unexpected argument "{unknown[0]}"; {wish}'
        twice = [name for name in kwargs if name in positional[: len(args)]]
        if twice:
            return f'got two values for the argument "{twice[0]}"'
        given = {*positional[: len(args)], *kwargs}
        missing = [name for name, it in self._parameters.items() if name not in given and not _is_optional(it)]
        names = " and ".join(f'"{name}"' for name in missing)
        return f"missing {len(missing)} required argument{_s(missing)}: {names}" if missing else ""

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments by name, with the defaults that have a JSON form."""
        schema = self.arguments.json_schema()
        for name in self.arguments.optional:
            if not self.arguments.is_array(name):
                schema["properties"][name] |= self._default_of(name)
        return schema

    def _default_of(self, name: str) -> dict[str, Any]:
        parameter = self._parameters[name]
        gathered: Mapping[Any, Any] = {Kind.VAR_POSITIONAL: (), Kind.VAR_KEYWORD: {}}
        value = gathered.get(parameter.kind, parameter.default)
        try:
            return {"default": json.loads(canonical(value, self.arguments.dump_apart(name, value)))}
        except SerializationError:
            return {}

    def split(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments to call the function with, from arguments by name."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for name, parameter in self._parameters.items():
            if parameter.kind is Kind.VAR_POSITIONAL:
                args += values.get(name, ())
            elif parameter.kind is Kind.VAR_KEYWORD:
                kwargs |= values.get(name, {})
            elif name in values:
                if parameter.kind is Kind.KEYWORD_ONLY:
                    kwargs[name] = values[name]
                else:
                    args.append(values[name])
            else:
                args += [parameter.default] if parameter.kind is not Kind.KEYWORD_ONLY else []
        return args, kwargs


def _s(names: Sequence[str]) -> str:
    return "" if len(names) == 1 else "s"


def _is_optional(parameter: inspect.Parameter) -> bool:
    return parameter.default is not Kind.empty or parameter.kind in (Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD)


def _hints(func: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(func, include_extras=True)
    except Exception as error:
        raise TaskDefinitionError(
            f"{func.__module__}.{func.__name__}: an annotation cannot be resolved: {error}"
        ) from error


def _type_of(parameter: inspect.Parameter, hint: Any) -> Any:
    if parameter.kind is Kind.VAR_POSITIONAL:
        return tuple[hint, ...]
    if parameter.kind is Kind.VAR_KEYWORD:
        return dict[str, hint]
    return hint
