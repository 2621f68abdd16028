"""Random calls of tasks, with all that an invocation can be asked to keep to, and what a leader publishes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from pynenc.core.records import Declaration, DeclaredKind, History, Limit, NewInvocation, TaskDefinition, WorkerInfo

QUEUES = ("fast", "slow")
TASKS = ("mail.send", "mail.read")
OWN = {
    "mail.send": (Limit("mail.send", "a" * 24, 1),),
    "mail.read": (Limit("mail.read", "b" * 24, 2), Limit("mail.read", "c" * 24, 2)),
}
"""Limits of a task's own: of `mail.send` one for all its calls, of `mail.read` one per argument."""
SHARED = (Limit("db", "d" * 24, 2), Limit("api", "e" * 24, 1))
LIMITS = sorted({limit.name for limits in (*OWN.values(), SHARED) for limit in limits})
LEAPS_US = (1, 1, 700, 900_000, 2_000_000, 6_000_000, 15_000_000)
POD_OF = {"w1": "p1", "w2": "p1", "w3": "p2"}
REGISTRATIONS = ("1" * 24, "2" * 24)
SECOND = 1_000_000


def _plain_call(draw: random.Random, name: str, now_us: int, parents: Sequence[str]) -> NewInvocation:
    """A call with nothing rare about it."""
    due = draw.choice([0, 0, 0, now_us, now_us + draw.randint(1, 20) * SECOND])
    return NewInvocation(
        name,
        draw.choice(TASKS),
        draw.choice([b"one", b"two", f"arguments of {name}".encode()]),
        draw.choice(QUEUES),
        draw.choice([0, 0, 1, 9]),
        due,
        draw.choice(["", *parents]),
    )


def rare_call(draw: random.Random, name: str, now_us: int, parents: Sequence[str]) -> NewInvocation:
    """A call with some of the rare things about it, and mostly with a full history, which shows illegal steps."""
    plain = _plain_call(draw, name, now_us, parents)
    values: dict[str, Any] = plain._asdict()
    values["limits"] = _limits(draw, plain.task_id)
    values["drop"] = draw.random() < 0.1
    values["history"] = draw.choice([History.FULL, History.FULL, History.SUMMARY, History.OFF])
    if draw.random() < 0.2:
        values["registration_key"] = draw.choice(REGISTRATIONS)
        values["refuse_different"] = draw.random() < 0.5
    if draw.random() < 0.2:
        values["start_within_us"] = draw.choice([1, 3 * SECOND, 10 * SECOND, 30 * SECOND])
    values["total_timeout_us"] = draw.choice([0, 0, 0, 1, 20 * SECOND])
    values["delay_us"] = draw.choice([0, 0, 0, 0, 1, 5 * SECOND])
    values["inline"] = draw.random() < 0.7
    values["quiet"] = draw.random() < 0.15
    return NewInvocation(**values)


def _limits(draw: random.Random, task: str) -> tuple[Limit, ...]:
    own = draw.choice([(), OWN[task][:1], OWN[task][-1:]])
    shared = draw.choice([(), (), SHARED[:1], SHARED[1:], SHARED, SHARED[::-1], SHARED[::-1]])
    return (*own, *shared)


def some_definition(chance: random.Random, task: str) -> TaskDefinition:
    """What a leader may publish of a task."""
    suspended = chance.choice([None, True])
    return TaskDefinition(task, "fast", max_retries=chance.randint(0, 3), retry_for=("OSError",), suspended=suspended)


def some_declaration(chance: random.Random) -> Declaration:
    """What a leader may declare."""
    kind, text = chance.choice((DeclaredKind.TRIGGER, DeclaredKind.WORKFLOW)), chance.choice(["", "{}", '{"x":1}'])
    return Declaration(kind, chance.choice(["nightly", "hourly"]), text)


def some_worker(name: str) -> WorkerInfo:
    """A worker that brings code of its own."""
    return WorkerInfo(name, "host", "pool", pod_uid=POD_OF[name], tasks=frozenset({name}))
