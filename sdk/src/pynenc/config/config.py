"""`Config`, the settings of one app as typed attributes that can be read, assigned and traced to their source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from pynenc.config.fields import FIELDS, Field, Settings
from pynenc.config.layers import (
    ENV_FILEPATH,
    Declared,
    Source,
    Sources,
    read_setting,
    resolve,
    resolve_options,
    source_of_environ,
    source_of_table,
)
from pynenc.config.sources import exception_named, source_of_file
from pynenc.core import values
from pynenc.core.definitions import options_of
from pynenc.core.options import TaskOptions
from pynenc.core.records import TaskDefinition
from pynenc.errors import ConfigurationError

ASSIGNMENT = "assignment"
_Live = tuple[TaskDefinition | None, TaskDefinition | None]
"""What the cluster says of a task, and of all tasks."""


class Config(Settings):
    """All settings of an app, read once when it is made; assigning an attribute outranks every source.

    Args:
        app_id: the same as `config_values["app_id"]`.
        config_values: settings by name, flat or in sections, as a file has them.
        config_filepath: a TOML, YAML or JSON file; the variable PYNENC__FILEPATH outranks it. With neither,
            `[tool.pynenc]` of `pyproject.toml` in `cwd` is read if it exists.
        environ: the environment variables; default: those of the process.
        cwd: the directory that files are looked for in; default: that of the process.

    Raises:
        ConfigurationError: a source has an unknown setting or a bad value.
    """

    def __init__(
        self,
        app_id: str | None = None,
        config_values: Mapping[str, object] | None = None,
        config_filepath: str | os.PathLike[str] | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        given = dict(config_values or {}) | ({} if app_id is None else {"app_id": app_id})
        filepath = environ.get(ENV_FILEPATH) or os.fspath(config_filepath or "")
        self._sources = Sources(
            environment=source_of_environ(environ),
            constructor=source_of_table(given, "constructor"),
            file=source_of_file(filepath, Path(cwd or ".")),
        )
        self._assigned = Source()
        self._places: dict[str, str] = {}
        self._task_options: dict[str, tuple[Mapping[str, object], _Live, TaskOptions]] = {}
        self._version = 0
        self._resolve()

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        self._assigned.values[name] = read_setting(_field(name), value, ASSIGNMENT)
        self._assigned.places[name] = ASSIGNMENT
        self._version += 1
        self._resolve()

    def _resolve(self) -> None:
        sources = self._sources
        found, self._places = resolve((self._assigned, sources.environment, sources.constructor, sources.file))
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def version(self) -> int:
        """Grows with every assignment, so that what was built from settings knows when to look again."""
        return self._version

    def assignments(self) -> dict[str, object]:
        """What was assigned, for a process that has read the other sources by itself."""
        return dict(self._assigned.values)

    def reassign(self, assignments: Mapping[str, object]) -> None:
        """Take back all that was assigned, and assign this instead: what `assignments` has told before, for example."""
        self._assigned = Source(dict(assignments), dict.fromkeys(assignments, ASSIGNMENT))
        self._version += 1
        self._resolve()

    def source_of(self, name: str) -> str:
        """Where the value of a setting comes from, such as `environment PYNENC__APP_ID` or `default`.

        Raises:
            ConfigurationError: there is no such setting.
        """
        return self._places[_field(name).name]

    def redis_connection_url(self) -> str:
        """The URL of the Redis server; `redis_url` wins over the parts. It contains the password."""
        if self.redis_url:
            return self.redis_url
        user, password = quote(self.redis_username, safe=""), quote(self.redis_password, safe="")
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        host = self.redis_host or "localhost"
        return f"redis://{login}{f'[{host}]' if ':' in host else host}:{self.redis_port}/{self.redis_db}"

    def task_options(
        self,
        task_id: str,
        declared: Mapping[str, object],
        live: TaskDefinition | None = None,
        defaults: TaskDefinition | None = None,
    ) -> TaskOptions:
        """The options of a task: of its live object, of environment, files and decorator, then the App's defaults.

        Args:
            task_id: `module.function`.
            declared: the options of the decorator, only those that were given; not changed afterwards.
            live: the task as the registry in the store has it; what it does not set falls through.
            defaults: what the registry has for all tasks; weaker than what anything says of this task.

        Raises:
            TaskDefinitionError: an option of the decorator is bad.
            ConfigurationError: an option of any other source is bad.
        """
        known = self._task_options.get(task_id)  # asked for at every call of a task
        if known is None or known[0] is not declared or known[1] != (live, defaults):
            known = (declared, (live, defaults), self._resolve_options(task_id, declared, (live, defaults)))
            self._task_options[task_id] = known
        return known[2]

    def _resolve_options(self, task_id: str, declared: Mapping[str, object], live: _Live) -> TaskOptions:
        of_task, of_all = ({} if each is None else options_of(each) for each in live)
        module_name = task_id.rpartition(".")[0]
        return resolve_options(
            self._sources, Declared(task_id, declared, of_task, of_all), lambda name: exception_named(name, module_name)
        )


def _field(name: str) -> Field:
    if name not in FIELDS:
        raise ConfigurationError(f'unknown setting "{name}"; {values.nearest(name, FIELDS)}')
    return FIELDS[name]
