"""Concurrency control: which calls of a task count as the same, at registration and while they run.

Calls are compared by the canonical text of their arguments (`pynenc.core.canonical`), defaults filled in, so the same
call written by position, by keyword or with a default left out is the same. Nothing here looks at what runs: a store
holds what is computed here, in the step that queues or claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pynenc.core import values
from pynenc.core.ids import short_hash
from pynenc.core.records import Limit
from pynenc.errors import ConfigurationError


class ConcurrencyControlType(StrEnum):
    """Which invocations of a task exclude each other.

    Example:
        >>> from pynenc import ConcurrencyControlType
        >>> ConcurrencyControlType.KEYS.value
        'keys'
    """

    DISABLED = "disabled"
    """None."""
    TASK = "task"
    """All of them, whatever their arguments."""
    ARGUMENTS = "arguments"
    """Those whose arguments are all equal."""
    KEYS = "keys"
    """Those whose `key_arguments` are equal."""


class OnLimit(StrEnum):
    """What becomes of an invocation whose limit is reached when it could start."""

    WAIT = "wait"
    """It is parked and goes on as soon as there is room."""
    DROP = "drop"
    """It ends, as CONCURRENCY_CONTROLLED_FINAL."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the options of a task ask for: how it is controlled at registration and while it runs.

    `limits` are names of shared limits. `running_limit` invocations with the same key may run at once.
    """

    registration: ConcurrencyControlType = ConcurrencyControlType.DISABLED
    running: ConcurrencyControlType = ConcurrencyControlType.DISABLED
    key_arguments: tuple[str, ...] = ()
    running_limit: int = 1
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The control of one task, resolved: which arguments are compared (None: not controlled), and the shared limits."""

    task_id: str
    registration: tuple[str, ...] | None
    running: tuple[str, ...] | None
    running_limit: int
    shared: tuple[Limit, ...]

    @classmethod
    def of(cls, task_id: str, parameters: Sequence[str], control: Control, numbers: Mapping[str, int]) -> Concurrency:
        """Resolve `control` for a function of these parameters; `numbers` are the shared limits by name.

        Raises:
            ConfigurationError: a key argument or a shared limit does not exist, or KEYS has no key arguments.
        """
        if problem := problem_of(control, parameters):
            raise ConfigurationError(f"{task_id}: {problem}")
        for name in control.limits:
            if name not in numbers:
                raise ConfigurationError(f'{task_id}: unknown limit "{name}"; {_which(name, numbers)}')
        shared = tuple(Limit(name, key_of_name(name), numbers[name]) for name in dict.fromkeys(control.limits))
        at_registration = _compared(control.registration, parameters, control.key_arguments)
        running = _compared(control.running, parameters, control.key_arguments)
        return cls(task_id, at_registration, running, control.running_limit, shared)

    @property
    def compared(self) -> frozenset[str]:
        """The arguments whose texts `limits` and `registration_key` need."""
        return frozenset((*(self.registration or ()), *(self.running or ())))

    def limits(self, texts: Mapping[str, bytes]) -> tuple[Limit, ...]:
        """The limits of a call, by the canonical texts of its arguments; the task's own one comes first."""
        if self.running is None:
            return self.shared
        own = Limit(self.task_id, _key(self.task_id, self.running, texts), self.running_limit)
        return (own, *self.shared)

    def registration_key(self, texts: Mapping[str, bytes]) -> str:
        """What at most one waiting invocation may have, or empty."""
        return "" if self.registration is None else _key(self.task_id, self.registration, texts)


def key_of_name(name: str) -> str:
    """The key of a shared limit, and that of a task whose limit compares no arguments."""
    return short_hash(name)


def key_of_suspended(task_id: str) -> str:
    """The key under which invocations of a suspended task are parked."""
    return short_hash(f"suspended {task_id}")  # with a blank, which the name of no limit has


def problem_of(control: Control, parameters: Sequence[str]) -> str:
    """What is wrong with the key arguments for a function of these parameters, or empty."""
    for name in control.key_arguments:
        if name not in parameters:
            wish = values.nearest(name, parameters) if parameters else "it takes none"
            return f'key_arguments names "{name}", which is no argument; {wish}'
    if ConcurrencyControlType.KEYS in (control.registration, control.running) and not control.key_arguments:
        return "concurrency by KEYS needs key_arguments, the names of the arguments to compare"
    return ""


def _which(name: str, numbers: Mapping[str, int]) -> str:
    return values.nearest(name, numbers) if numbers else "no limits are set, see the setting limits"


def _compared(
    mode: ConcurrencyControlType, parameters: Sequence[str], key_arguments: Sequence[str]
) -> tuple[str, ...] | None:
    by_mode = {
        ConcurrencyControlType.TASK: (),
        ConcurrencyControlType.ARGUMENTS: tuple(sorted(parameters)),
        ConcurrencyControlType.KEYS: tuple(sorted(set(key_arguments))),
    }
    return by_mode.get(mode)


def _key(task_id: str, names: Sequence[str], texts: Mapping[str, bytes]) -> str:
    lines = (f"{name} {hashlib.sha256(texts[name]).hexdigest()}" for name in names)
    return key_of_name("\n".join((task_id, *lines)))
