"""The options of a task: what they mean, which values they take, and how several sources of them combine.

Where the sources come from (environment, files, the live Task object) is the business of `pynenc.config`. Here a
bad option is an error of the program; `pynenc.config` turns it into one of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from pynenc.core import values
from pynenc.core.ids import QUEUE
from pynenc.core.records import DEFAULT_QUEUE
from pynenc.errors import RetryError, TaskDefinitionError

RETRIES = values.Bounds(0, 1000)
PRIORITY = values.Bounds(0, 9)
RESULT_TTL = values.Bounds(1, 365 * 86_400)
BACKOFF = values.Bounds(0, 86_400)
TIMEOUT = values.Bounds(0.001, 365 * 86_400)

ExceptionOf = Callable[[str], type[BaseException]]
"""Finds an exception class by its name; raises ValueError with the rest of a sentence if there is none."""


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """How invocations of a task are queued, retried and kept.

    `priority` is 0 to 9, higher first. An attempt that raises one of `retry_for` is repeated up to `max_retries`
    times, after a random part of `retry_backoff` seconds, which doubles with each retry up to `retry_backoff_max`.
    An attempt ends after `timeout` seconds; None is never. Results are kept for `result_ttl_seconds` after the end.
    """

    queue: str = DEFAULT_QUEUE
    priority: int = 0
    max_retries: int = 0
    retry_for: tuple[type[BaseException], ...] = (RetryError,)
    result_ttl_seconds: int = 86_400
    retry_backoff: float = 0.0
    retry_backoff_max: float = 600.0
    timeout: float | None = None


NAMES = tuple(field.name for field in fields(TaskOptions))


def check_options(declared: Mapping[str, object]) -> None:
    """Check the options of a decorator, where each value must have its type already.

    Raises:
        TaskDefinitionError: an option is unknown, has the wrong type, or is out of range.
    """
    for name, value in declared.items():
        if isinstance(value, str) and name in NAMES and name != "queue":
            raise TaskDefinitionError(f'{name} takes no text, got "{value}"')
    apply_options(TaskOptions(), declared)


def apply_options(
    options: TaskOptions, changes: Mapping[str, object], exception_of: ExceptionOf | None = None
) -> TaskOptions:
    """`options` with `changes`, which may be text as environment variables are.

    `exception_of` finds the classes of `retry_for` that are given by name; without it, names are refused.

    Raises:
        TaskDefinitionError: an option is unknown, has the wrong type, or is out of range.
    """
    checked: dict[str, object] = {}
    for name, value in changes.items():
        if name not in NAMES:
            raise TaskDefinitionError(f'unknown option "{name}"; {values.nearest(name, NAMES)}')
        try:
            checked[name] = _read(name, value, exception_of)
        except ValueError as error:
            raise TaskDefinitionError(f"{name} {error}") from None
    return replace(options, **checked)  # type: ignore[arg-type]  # each value was checked by its name above


def _read(name: str, value: object, exception_of: ExceptionOf | None) -> object:
    match name:
        case "queue":
            return read_queue(value)
        case "priority":
            return _read_int(value, PRIORITY)
        case "max_retries":
            return _read_int(value, RETRIES)
        case "result_ttl_seconds":
            return _read_int(value, RESULT_TTL)
        case "retry_backoff" | "retry_backoff_max":
            return _read_float(value, BACKOFF)
        case "timeout":
            return None if value is None else _read_float(value, TIMEOUT)
        case _:
            return _read_retry_for(value, exception_of)


def _read_int(value: object, bounds: values.Bounds) -> int:
    try:
        return values.read_int(value, bounds)
    except ValueError as error:
        raise ValueError(f"{error}, got {value!r}") from None


def _read_float(value: object, bounds: values.Bounds) -> float:
    try:
        return values.read_float(value, bounds)
    except ValueError as error:
        raise ValueError(f"{error}, got {value!r}") from None


def read_queue(value: object) -> str:
    """The name of a queue; raises ValueError with the rest of a sentence that starts with a name."""
    if not isinstance(value, str) or not QUEUE.fullmatch(value):
        raise ValueError(f'"{value}" must match {QUEUE.pattern}')
    return value


def _read_retry_for(value: object, exception_of: ExceptionOf | None) -> tuple[type[BaseException], ...]:
    if isinstance(value, str):
        value = values.read_names(value)
    if not isinstance(value, tuple | list):
        value = (value,)
    return tuple(_read_exception(item, exception_of) for item in value)


def _read_exception(item: object, exception_of: ExceptionOf | None) -> type[BaseException]:
    if isinstance(item, type) and issubclass(item, BaseException):
        return item
    if isinstance(item, str) and exception_of is not None:
        return exception_of(item)
    kind = "instance " if isinstance(item, BaseException) else ""
    raise ValueError(f"takes exception classes, got {kind}{item!r}")
