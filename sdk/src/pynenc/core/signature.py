"""The parameters of a function: binding calls to them, and their types."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pynenc.errors import InvalidArguments, SerializationError, TaskDefinitionError

Kind = inspect.Parameter


class Signature:
    """What a function takes and gives, read once when it becomes a task."""

    def __init__(self, func: Callable[..., Any]) -> None:
        from pynenc.core.payloads import Codec  # pydantic is half of the import time of an app that defines no task

        self.name = func.__name__
        self._signature = inspect.signature(func)
        self._parameters = self._signature.parameters
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
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise InvalidArguments(f"{self.name}() {error}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

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
