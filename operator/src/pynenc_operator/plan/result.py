"""What a plan says is to be done; values only, carried out by `reconcile.apply`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pynenc.api.v1alpha1 import ReportedStatus
from pynenc.core.records import Declaration, NewInvocation, TaskDefinition

Manifest = Mapping[str, Any]
"""A Kubernetes object as JSON; the one place where values are not typed further."""


class ObjectKey(NamedTuple):
    """Which object, whether it exists or not."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the store of an App does not serve, as a reason and a message for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An invocation that is to end as CANCELLED, with its error payload and how long that is kept."""

    invocation_id: str
    payload: bytes
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class News:
    """An Event worth recording about an object, beside what its conditions say."""

    reason: str
    note: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Vigil:
    """A wish to be looked at as soon as `queues` together hold more than `above` invocations that could run."""

    queues: tuple[str, ...]
    above: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one object, in the order of the fields.

    `status` None leaves the status alone; otherwise it is written if it differs. `delete` removes the object itself.
    `declare` are triggers, workflows and sources to put into their registries, or to take out where the text is empty.
    `limits` are the numbers to set for limits by name, None to clear one.
    `open_store` allows workers to join once everything is published. `enqueue` is carried out first: what becomes of
    the rest depends on the answer. `watch` asks for news of an invocation, `vigil` for word of more work.
    `costs` are what it costs to delete pods, by their names, written before anything is applied.
    `news` become Events once the status is written.
    `signal` is what other objects read from this one: when it changes, they are looked at again. `touch` are further
    objects to look at now. `requeue_after` None means that an event or the resync will do.
    """

    costs: Mapping[str, int] = field(default_factory=dict)
    apply: tuple[Manifest, ...] = ()
    publish: tuple[TaskDefinition, ...] = ()
    withdraw: tuple[str, ...] = ()
    declare: tuple[Declaration, ...] = ()
    limits: tuple[tuple[str, int | None], ...] = ()
    open_store: bool = False
    enqueue: NewInvocation | None = None
    cancel: Cancellation | None = None
    watch: str = ""
    vigil: Vigil | None = None
    status: ReportedStatus | None = None
    news: tuple[News, ...] = ()
    delete: bool = False
    signal: Hashable = None
    touch: frozenset[ObjectKey] = frozenset()
    requeue_after: float | None = None
