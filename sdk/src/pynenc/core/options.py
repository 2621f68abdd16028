"""The options of a task: what they mean, which values they take, and how several sources of them combine.

Where the sources come from (environment, files, the live Task object) is the business of `pynenc.config`. Here a
bad option is an error of the program; `pynenc.config` turns it into one of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import partial
from typing import TypedDict, TypeVar

from pynenc.core import values
from pynenc.core.concurrency import ConcurrencyControlType, Control, OnLimit, problem_of
from pynenc.core.ids import LIMIT, QUEUE
from pynenc.core.records import DEFAULT_QUEUE, History
from pynenc.errors import RetryError, TaskDefinitionError

RETRIES = values.Bounds(0, 1000)
PRIORITY = values.Bounds(0, 9)
RESULT_TTL = values.Bounds(1, 365 * 86_400)
BACKOFF = values.Bounds(0, 86_400)
TIMEOUT = values.Bounds(0.001, 365 * 86_400)
RUNNING_LIMIT = values.Bounds(1, 1_000_000)
BATCH = values.Bounds(1, 500)
EVERY_ARGUMENT = "*"

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

ExceptionOf = Callable[[str], type[BaseException]]
"""Finds an exception class by its name; raises ValueError with the rest of a sentence if there is none."""


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """How invocations of a task are queued, limited, retried and kept.

    `priority` is 0 to 9, higher first. An attempt that raises one of `retry_for` is repeated up to `max_retries`
    times, after a random part of `retry_backoff` seconds, which doubles with each retry up to `retry_backoff_max`.
    An attempt ends after `timeout` seconds, all of them together after `total_timeout`; what has not started within
    `queue_timeout` expires; None is never. Results are kept for `result_ttl` seconds after the end, errors for
    `failure_ttl`, or as long as results if that is None.

    Of invocations that `running_concurrency` makes equal, `running_limit` run at once; `limits` are shared with other
    tasks. While one waits for its first start, `registration_concurrency` lets it stand for those that are equal, or
    refuses them if `on_diff_non_key_args_raise` is set and their arguments differ. `parallelize` submits
    `parallel_batch_size` at a time. `cache` and `disable_cache_args` (`*` for all) say which arguments may be cached.
    """

    queue: str = DEFAULT_QUEUE
    priority: int = 0
    max_retries: int = 0
    retry_for: tuple[type[BaseException], ...] = (RetryError,)
    result_ttl: int = 86_400
    failure_ttl: int | None = None
    retry_backoff: float = 0.0
    retry_backoff_max: float = 600.0
    timeout: float | None = None
    total_timeout: float | None = None
    queue_timeout: float | None = None
    registration_concurrency: ConcurrencyControlType = ConcurrencyControlType.DISABLED
    running_concurrency: ConcurrencyControlType = ConcurrencyControlType.DISABLED
    key_arguments: tuple[str, ...] = ()
    running_limit: int = 1
    limits: tuple[str, ...] = ()
    on_limit: OnLimit = OnLimit.WAIT
    on_diff_non_key_args_raise: bool = False
    cache: bool = True
    disable_cache_args: tuple[str, ...] = ()
    history: History = History.SUMMARY
    parallel_batch_size: int = 100

    @property
    def seconds_of_failure(self) -> int:
        """How long the error of one that failed or was cancelled is kept."""
        return self.result_ttl if self.failure_ttl is None else self.failure_ttl

    @property
    def control(self) -> Control:
        """The options of concurrency control."""
        return Control(
            self.registration_concurrency,
            self.running_concurrency,
            self.key_arguments,
            self.running_limit,
            self.limits,
        )

    def caches(self, name: str) -> bool:
        """Whether an argument may be kept apart from the others."""
        return self.cache and not {name, EVERY_ARGUMENT} & set(self.disable_cache_args)


class Overridable(TypedDict, total=False):
    """Options of a task that a single call can have for itself, as a type checker sees them."""

    queue: str
    priority: int
    max_retries: int
    result_ttl: int
    failure_ttl: int | None
    retry_backoff: float
    retry_backoff_max: float
    timeout: float | None
    total_timeout: float | None
    queue_timeout: float | None
    registration_concurrency: ConcurrencyControlType | str
    running_concurrency: ConcurrencyControlType | str
    key_arguments: tuple[str, ...]
    running_limit: int
    limits: tuple[str, ...]
    on_limit: OnLimit | str
    on_diff_non_key_args_raise: bool
    cache: bool
    disable_cache_args: tuple[str, ...]
    history: History | str
    parallel_batch_size: int


class Declarable(Overridable, total=False):
    """Options that a decorator takes, as a type checker sees them."""

    retry_for: type[BaseException] | tuple[type[BaseException], ...]


NAMES = tuple(field.name for field in fields(TaskOptions))
WORDS = frozenset({"queue", "on_limit", "history", "registration_concurrency", "running_concurrency"})


def check_options(declared: Mapping[str, object]) -> None:
    """Check the options of a decorator, where each value must have its type already.

    Raises:
        TaskDefinitionError: an option is unknown, has the wrong type, or is out of range.
    """
    for name, value in declared.items():
        if isinstance(value, str) and name in NAMES and name not in WORDS:
            raise TaskDefinitionError(f'{name} takes no text, got "{value}"')
    apply_options(TaskOptions(), declared)


def check_names(declared: Mapping[str, object], parameters: Sequence[str]) -> None:
    """Check the options of a decorator that name arguments of its function.

    Raises:
        TaskDefinitionError: there is no such argument, or KEYS is to compare none.
    """
    options = apply_options(TaskOptions(), declared)
    if problem := problem_of(options.control, parameters):
        raise TaskDefinitionError(problem)
    for name in options.disable_cache_args:
        if name not in (*parameters, EVERY_ARGUMENT):
            wish = values.nearest(name, (*parameters, EVERY_ARGUMENT))
            raise TaskDefinitionError(f'disable_cache_args names "{name}", which is no argument; {wish}')


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
    return _read_retry_for(value, exception_of) if name == "retry_for" else _READERS[name](value)


def _shown(read: Callable[[object], T], value: object) -> T:
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{error}, got {value!r}") from None


def _int(bounds: values.Bounds) -> Callable[[object], int]:
    return partial(_shown, partial(values.read_int, bounds=bounds))


def _float(bounds: values.Bounds) -> Callable[[object], float]:
    return partial(_shown, partial(values.read_float, bounds=bounds))


def _word(words: type[E]) -> Callable[[object], E]:
    return partial(_shown, partial(values.read_word, words=words))


def _time(value: object) -> float | None:
    return None if value is None else _float(TIMEOUT)(value)


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


def _read_limits(value: object) -> tuple[str, ...]:
    return tuple(read_limit(name) for name in values.read_names(value))


def read_limit(value: object) -> str:
    """The name of a shared limit; raises ValueError as `read_queue` does."""
    if not isinstance(value, str) or not LIMIT.fullmatch(value):
        raise ValueError(f'"{value}" must match {LIMIT.pattern}')
    return value


_read_names = partial(_shown, values.read_names)
_READERS: dict[str, Callable[[object], object]] = {
    "queue": read_queue,
    "priority": _int(PRIORITY),
    "max_retries": _int(RETRIES),
    "result_ttl": _int(RESULT_TTL),
    "failure_ttl": lambda value: None if value is None else _int(RESULT_TTL)(value),
    "retry_backoff": _float(BACKOFF),
    "retry_backoff_max": _float(BACKOFF),
    "timeout": _time,
    "total_timeout": _time,
    "queue_timeout": _time,
    "registration_concurrency": _word(ConcurrencyControlType),
    "running_concurrency": _word(ConcurrencyControlType),
    "key_arguments": _read_names,
    "running_limit": _int(RUNNING_LIMIT),
    "limits": partial(_shown, _read_limits),
    "on_limit": _word(OnLimit),
    "on_diff_non_key_args_raise": partial(_shown, values.read_bool),
    "cache": partial(_shown, values.read_bool),
    "disable_cache_args": _read_names,
    "history": _word(History),
    "parallel_batch_size": _int(BATCH),
}
