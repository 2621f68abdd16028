"""What the registry in the store says of an app's tasks, as Task and App objects of a cluster have it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pynenc.core.records import EVERY_TASK, TaskDefinition

if TYPE_CHECKING:
    from pynenc.app import Pynenc

AGE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Registry:
    """Definitions by task id, and the numbers of limits by name."""

    definitions: Mapping[str, TaskDefinition] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)

    def of(self, task_id: str) -> tuple[TaskDefinition | None, TaskDefinition | None]:
        """What is published of a task, and of all tasks."""
        return self.definitions.get(task_id), self.definitions.get(EVERY_TASK)


NOTHING = Registry()


class Live:
    """Looks the registry up, so seldom that calls stay cheap. Threads may share it: at worst both look."""

    def __init__(self) -> None:
        self._version = -1
        self._read_at = 0.0
        self._registry = NOTHING

    def outdate(self) -> None:
        """Something is asked for that the registry does not know: look it up anew."""
        self._version = -1

    def registry(self, app: Pynenc) -> Registry:
        """The registry, at most `AGE_SECONDS` old; the same object as before if it says the same.

        Raises:
            BackendError: it cannot be read.
        """
        if app.conf.dev_mode_force_sync_tasks:
            return NOTHING
        now = time.monotonic()
        if self._version != app.conf.version or now - self._read_at >= AGE_SECONDS:
            found = Registry(app.orchestrator.definitions(), app.orchestrator.limits())
            if found != self._registry:
                self._registry = found
            self._version, self._read_at = app.conf.version, now
        return self._registry
