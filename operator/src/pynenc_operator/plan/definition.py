"""Which Task objects count for an App, and what the store's registry is to say of them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypedDict

from pynenc.api.v1alpha1 import App, Concurrency, Options, Registration, Retention, Running, Task, TaskDefaults
from pynenc.core.inline import digest_of
from pynenc.core.records import EVERY_TASK, Declaration, DeclaredKind, TaskDefinition

_LAST = datetime.max.replace(tzinfo=UTC)


def declared(tasks: Iterable[Task], app_name: str) -> dict[str, Task]:
    """The Task that declares each function of an App: the oldest one, by name among equals."""
    mine = (task for task in tasks if task.spec.app_ref.name == app_name and not task.metadata.deletion_timestamp)
    winners: dict[str, Task] = {}
    for task in sorted(mine, key=_seniority):
        winners.setdefault(task.task_id, task)
    return winners


def definition_of(task: Task) -> TaskDefinition:
    """What the registry says of a task; options that the object leaves out stay those of the code."""
    spec = task.spec
    return TaskDefinition(
        task_id=task.task_id,
        source_digest=digest_of(spec.source.text) if spec.source else None,
        queue=spec.queue,
        result_ttl_seconds=spec.result_ttl_seconds,
        failure_ttl_seconds=spec.failure_ttl_seconds,
        cache=spec.cache,
        disable_cache_args=_tuple(spec.disable_cache_args),
        parallel_batch_size=spec.parallel_batch_size,
        suspended=spec.suspend or None,
        **_options(spec),
        **(_concurrency(spec.concurrency) if spec.concurrency else _UNCONTROLLED),
    )


def defaults_of(app: App) -> TaskDefinition:
    """What the registry says of all tasks of an App, for what nothing else says."""
    retention = app.spec.retention or Retention()
    return TaskDefinition(
        task_id=EVERY_TASK,
        result_ttl_seconds=retention.succeeded_seconds,
        failure_ttl_seconds=retention.failed_seconds,
        **_options(app.spec.defaults or TaskDefaults()),
    )


def definitions_of(app: App, tasks: Iterable[Task]) -> dict[str, TaskDefinition]:
    """The registry that an App and those of its Tasks that count ask for, by task id."""
    defaults = defaults_of(app)
    of_all = {} if defaults == TaskDefinition(EVERY_TASK) else {EVERY_TASK: defaults}
    return {task.task_id: definition_of(task) for task in tasks} | of_all


def sources_to_declare(known: Mapping[str, str], tasks: Iterable[Task]) -> tuple[Declaration, ...]:
    """The inline sources of these Tasks that the store does not have; `known` is source by task id."""
    wanted = {task.task_id: task.spec.source.text for task in tasks if task.spec.source}
    return tuple(
        Declaration(DeclaredKind.SOURCE, name, text) for name, text in sorted(wanted.items()) if known.get(name) != text
    )


def limits_of(app: App, tasks: Iterable[Task]) -> dict[str, int]:
    """The numbers that an App and its Tasks set; a Task's own limit has the name of its function."""
    own = {task.task_id: running_limit_of(task) for task in tasks}
    return dict(app.spec.limits or {}) | {name: number for name, number in own.items() if number is not None}


def running_limit_of(task: Task) -> int | None:
    """How many invocations of a key may run, if the object says so."""
    concurrency = task.spec.concurrency
    return concurrency.running.limit if concurrency and concurrency.running else None


def limits_to_set(known: Mapping[str, int], wanted: Mapping[str, int]) -> tuple[tuple[str, int | None], ...]:
    """The differences between the store and what is wanted; None clears a limit."""
    return tuple((name, wanted.get(name)) for name in sorted({*known, *wanted}) if known.get(name) != wanted.get(name))


class _Options(TypedDict):
    priority: int | None
    max_retries: int | None
    retry_for: tuple[str, ...] | None
    retry_backoff_seconds: float | None
    retry_backoff_max_seconds: float | None
    timeout_seconds: float | None
    total_timeout_seconds: float | None
    queue_timeout_seconds: float | None
    history: str | None


def _options(wanted: Options) -> _Options:
    return {
        "priority": wanted.priority,
        "max_retries": wanted.max_retries,
        "retry_for": _tuple(wanted.retry_for),
        "retry_backoff_seconds": wanted.retry_backoff_seconds,
        "retry_backoff_max_seconds": wanted.retry_backoff_max_seconds,
        "timeout_seconds": wanted.timeout_seconds,
        "total_timeout_seconds": wanted.total_timeout_seconds,
        "queue_timeout_seconds": wanted.queue_timeout_seconds,
        "history": _word(wanted.history),
    }


class _Control(TypedDict):
    registration_concurrency: str | None
    running_concurrency: str | None
    key_arguments: tuple[str, ...] | None
    running_limit: int | None
    limits: tuple[str, ...] | None
    on_limit: str | None
    on_diff_non_key_args_raise: bool | None


def _concurrency(wanted: Concurrency) -> _Control:
    running, registration = wanted.running or Running(), wanted.registration or Registration()
    different = registration.on_different_arguments
    return {
        "registration_concurrency": _word(registration.mode),
        "running_concurrency": _word(running.mode),
        "key_arguments": _tuple(wanted.key_arguments),
        "running_limit": running.limit,
        "limits": _tuple(wanted.limits),
        "on_limit": _word(wanted.on_limit),
        "on_diff_non_key_args_raise": None if different is None else different == "Refuse",
    }


def _tuple(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _word(word: str | None) -> str | None:
    return None if word is None else word.lower()


def _seniority(task: Task) -> tuple[datetime, str]:
    return (task.metadata.creation_timestamp or _LAST, task.metadata.name)


_UNCONTROLLED = _concurrency(Concurrency())
"""What an object that says nothing of concurrency says of it."""
