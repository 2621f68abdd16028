"""Which source wins: pure rules from what each source says to one value a setting.

A source has been read by `pynenc.config.sources`; its values may still be text. Settings and task options are two
questions with their own order of sources, strongest first:

    setting   assignment, environment, constructor, file, default
    option    live Task, environment (this task, then all tasks), the task's table (constructor, then file),
              decorator, table of all tasks (constructor, then file), default
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pynenc.config.fields import FIELDS, SECRET, SECTIONS, TASK_SECTION, Field
from pynenc.core import options, values
from pynenc.core.options import ExceptionOf, TaskOptions
from pynenc.errors import ConfigurationError, TaskDefinitionError

ENV_PREFIX = "PYNENC__"
ENV_FILEPATH = "PYNENC__FILEPATH"


@dataclass(slots=True)
class Source:
    """What one source says, by field and by task; `places` tells where a value stands, for messages.

    `tasks` maps a task id, or "" for all tasks, to options. Ids from the environment are folded by `fold`.
    """

    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, dict[str, object]] = field(default_factory=dict)


def fold(task_id: str) -> str:
    """A task id as a shell variable can spell it: upper case, no dots."""
    return task_id.upper().replace(".", "_")


def source_of_environ(environ: Mapping[str, str]) -> Source:
    """The settings in environment variables.

    Raises:
        ConfigurationError: a variable with the prefix names no setting.
    """
    source = Source()
    for variable, text in environ.items():
        if not variable.startswith(ENV_PREFIX) or variable == ENV_FILEPATH:
            continue
        section, _, name = variable.removeprefix(ENV_PREFIX).rpartition("__")
        place = f"environment {variable}"
        if section == "TASK" or section.startswith("TASK__"):
            task = fold(section.removeprefix("TASK").removeprefix("__"))
            _add_options(source, task, {name.lower(): text}, place)
        else:
            _add(source, section.lower(), name.lower(), text, place)
    return source


def source_of_table(table: Mapping[str, object], place: str) -> Source:
    """The settings in a nested table, as files and `config_values` have it.

    Raises:
        ConfigurationError: a key names no setting, or stands in the wrong section.
    """
    source = Source()
    for key, value in table.items():
        if not isinstance(value, Mapping) or key in FIELDS:
            _add(source, "", key, value, place)
        elif key == TASK_SECTION:
            _add_tasks(source, value, place)
        elif key in SECTIONS:
            for name, inner in value.items():
                _add(source, key, str(name), inner, f"{place} [{key}]")
        else:
            raise ConfigurationError(f"{_unknown_section(key)} ({place})")
    return source


def _add(source: Source, section: str, name: str, value: object, place: str) -> None:
    if section not in SECTIONS:
        raise ConfigurationError(f"{_unknown_section(section)} ({place})")
    found = FIELDS.get(name)
    if found is None or section not in ("", found.section):
        known = [other for other, its in FIELDS.items() if section in ("", its.section)]
        raise ConfigurationError(f'unknown setting "{name}" ({place}); {values.nearest(name, known)}')
    source.values[name] = read_setting(found, value, place)
    source.places[name] = place


def _unknown_section(section: str) -> str:
    return f'unknown section "{section}", {values.nearest(section, [*filter(None, SECTIONS), TASK_SECTION])}'


def _add_tasks(source: Source, table: Mapping[object, object], place: str) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner = {str(name): option for name, option in value.items()}
            _add_options(source, str(key), inner, f'{place} [{TASK_SECTION}."{key}"]')
        else:
            _add_options(source, "", {str(key): value}, f"{place} [{TASK_SECTION}]")


def _add_options(source: Source, task: str, changes: Mapping[str, object], place: str) -> None:
    for name, value in changes.items():
        if name not in options.NAMES:
            raise ConfigurationError(f'unknown option "{name}" ({place}); {values.nearest(name, options.NAMES)}')
        source.tasks.setdefault(task, {})[name] = value
        source.places[f"{task}:{name}"] = place


def read_setting(setting: Field, value: object, place: str) -> object:
    """The value of a setting in its own type.

    Raises:
        ConfigurationError: the value does not fit; the message shows it unless the setting is a secret.
    """
    try:
        return setting.read(value)
    except ValueError as error:
        shown = "" if setting.name in SECRET else f", got {value!r}"
        raise ConfigurationError(f"{setting.name} {error}{shown} ({place})") from None


def resolve(sources: Iterable[Source]) -> tuple[dict[str, object], dict[str, str]]:
    """The value and the place of every setting, from `sources` with the strongest first."""
    found = {name: setting.default for name, setting in FIELDS.items()}
    places = dict.fromkeys(FIELDS, "default")
    for source in reversed(list(sources)):
        found.update(source.values)
        places.update((name, source.places[name]) for name in source.values)
    _choose_components(found, places)
    return found, places


def _choose_components(found: dict[str, object], places: dict[str, str]) -> None:
    deciding = next((name for name in ("redis_url", "redis_host") if found[name]), "")
    family = "Redis" if deciding else "Mem"
    chosen = {
        "orchestrator_cls": f"{family}Orchestrator",
        "broker_cls": f"{family}Broker",
        "state_backend_cls": f"{family}StateBackend",
        "arg_cache_cls": f"{family}ArgCache",
        "runner_cls": "ProcessRunner" if deciding else "ThreadRunner",
    }
    for name, class_name in chosen.items():
        if not found[name]:
            found[name] = class_name
            places[name] = f"default, as {deciding} is set" if deciding else "default"


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read once, when the configuration was made."""

    environment: Source
    constructor: Source
    file: Source


@dataclass(frozen=True, slots=True)
class Declared:
    """What the program and the cluster say about one task: its decorator's options, and those of its live object.

    `defaults` are those that the live App has for all its tasks.
    """

    task_id: str
    decorator: Mapping[str, object]
    live: Mapping[str, object]
    defaults: Mapping[str, object]


def resolve_options(sources: Sources, declared: Declared, exception_of: ExceptionOf) -> TaskOptions:
    """The options of one task from all sources.

    Raises:
        TaskDefinitionError: an option of the decorator is bad.
        ConfigurationError: an option of any other source is bad.
    """
    task = declared.task_id
    tables, environment = (sources.file, sources.constructor), sources.environment
    resolved = TaskOptions()
    for table in tables:
        resolved = _apply(resolved, table, "", exception_of)
    resolved = _apply(resolved, _of_object(declared.defaults, "", "defaults of the App"), "", exception_of)
    resolved = options.apply_options(resolved, declared.decorator)
    for table in tables:
        resolved = _apply(resolved, table, task, exception_of)
    for key in ("", fold(task)):
        resolved = _apply(resolved, environment, key, exception_of)
    return _apply(resolved, _of_object(declared.live, task, f"Task {task}"), task, exception_of)


def _of_object(changes: Mapping[str, object], task: str, place: str) -> Source:
    return Source(tasks={task: dict(changes)}, places={f"{task}:{name}": place for name in changes})


def _apply(resolved: TaskOptions, source: Source, task: str, exception_of: ExceptionOf) -> TaskOptions:
    for name, value in source.tasks.get(task, {}).items():
        try:
            resolved = options.apply_options(resolved, {name: value}, exception_of)
        except TaskDefinitionError as error:
            raise ConfigurationError(f"{error} ({source.places[f'{task}:{name}']})") from None
    return resolved
