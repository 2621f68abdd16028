"""What reconcilers need of the outside: a cluster, and the stores of Apps. `kube` and `store` provide them.

Every method may raise `ClusterError` or a `pynenc.errors.BackendError`; the object is then looked at again later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from pynenc.core.records import (
    Declaration,
    Enqueued,
    InvocationRecord,
    NewInvocation,
    Recovered,
    TaskDefinition,
    WorkerInfo,
)
from pynenc.core.seal import Keyring
from pynenc_operator.plan.app import StoreFacts
from pynenc_operator.plan.fate import Fate
from pynenc_operator.plan.result import Cancellation, Manifest, ObjectKey, Problem, Vigil


class ClusterError(Exception):
    """The API server refused or did not answer; `status` is the HTTP status, 0 if there was none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class StaleLeaderError(Exception):
    """A newer leader has written to a store, so this process must end."""


Lister = Callable[[str, str], Awaitable[Sequence[Manifest]]]
"""All objects of a kind in a namespace (empty: in all), asked for now."""
Seen = Callable[[str, str, Sequence[Manifest]], Set[ObjectKey]]
"""Told what such a list said; answers with the objects that no event has brought as they are."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A Kubernetes Event about an object."""

    regarding: Manifest
    bad: bool
    reason: str
    note: str


class Cluster(Protocol):
    """The objects of the API server, as JSON."""

    async def get(self, key: ObjectKey) -> Manifest | None:
        """The object as it is now, or None."""

    async def list(self, kind: str, namespace: str) -> Sequence[Manifest]:
        """All objects of a kind in a namespace, at least as new as the last event that was delivered for it."""

    async def pods(self, namespace: str, selector: str) -> Sequence[Manifest]:
        """The pods that a label selector selects."""

    async def price_pods(self, namespace: str, costs: Mapping[str, int]) -> None:
        """Say what it costs to delete pods, by their names; one that is gone by now has no price."""

    async def secret_value(self, namespace: str, name: str, key: str) -> str | None:
        """One key of a Secret as text, or None if either does not exist."""

    async def apply(self, manifest: Manifest) -> None:
        """Server-side apply under our field manager, by force. Safe to repeat."""

    async def apply_status(self, manifest: Manifest) -> None:
        """The same for the status of an object; nothing happens if it is gone or another one by now."""

    async def delete(self, key: ObjectKey, uid: str) -> None:
        """Delete an object if it still is the one with this uid."""

    async def notify(self, notice: Notice) -> None:
        """Record an Event; a refusal is not an error."""


class Store(Protocol):
    """The store of one App; calls run elsewhere and do not block the event loop."""

    problem: Problem | None
    """Why it did not serve when it was last asked; None if it did."""

    async def facts(self) -> StoreFacts:
        """Registries, limits, counts and workers; at most a second old."""

    async def ready(self, queues: Sequence[str]) -> dict[str, int]:
        """How many invocations stand in each queue and are neither delayed nor parked."""

    async def drain(self, pods: Sequence[str], seconds: float) -> Sequence[int]:
        """Hand nothing to the workers of pods, by uid, for so long, and tell how many invocations each pod holds.

        0 seconds end it. Raises `StaleLeaderError`. Safe to repeat.
        """

    async def recover(self, worker: WorkerInfo, fate: Fate, max_losses: int) -> Sequence[Recovered]:
        """Give to others what the worker of a pod that is gone held. Safe to repeat."""

    def objects_of(self, invocation_id: str) -> Collection[ObjectKey]:
        """The objects that mirror an invocation, as far as its end is watched for."""

    def keep_vigil(self, key: ObjectKey, vigil: Vigil | None) -> None:
        """Have `key` looked at once, within two seconds, when there is that much work; None ends the wish."""

    async def publish(self, definitions: Sequence[TaskDefinition], withdrawn: Sequence[str]) -> None:
        """Change the registry; raises `StaleLeaderError`. Safe to repeat."""

    async def declare(self, declarations: Sequence[Declaration]) -> None:
        """Change the registries of triggers and workflows; raises `StaleLeaderError`. Safe to repeat."""

    def distrust(self, task_id: str, source: str) -> str:
        """Why workers of the App would not run a source, if it is a bundle and they would not."""

    async def set_limits(self, numbers: Sequence[tuple[str, int | None]]) -> None:
        """Set the numbers of limits, None clears; raises `StaleLeaderError`. Safe to repeat."""

    async def open(self) -> None:
        """Allow workers to join; raises `StaleLeaderError`. Safe to repeat."""

    async def enqueue(self, invocation: NewInvocation) -> Enqueued:
        """Sign and queue an invocation unless its id is known, or another one stands for it. Safe to repeat."""

    async def cancel(self, wanted: Cancellation) -> None:
        """End an invocation, or ask its owner to. Safe to repeat."""

    async def record(self, invocation_id: str) -> InvocationRecord | None:
        """What is known of an invocation; its result is unsealed, if it is signed with one of the keys."""

    async def host_of(self, worker: str) -> str:
        """The pod that a worker runs in, or its id if it is gone."""

    async def watch(self, invocation_id: str, key: ObjectKey) -> None:
        """Have `key` looked at when the invocation ends. Safe to repeat."""


class Stores(Protocol):
    """The stores of all Apps, by the App's key."""

    async def connect(self, app: ObjectKey, url: str, keys: Keyring) -> Store:
        """The store at `url`, checked now: `problem` says whether it serves. Payloads are signed with `keys`."""

    def get(self, app: ObjectKey) -> Store | None:
        """The store of an App that was connected before."""

    def of_namespace(self, namespace: str) -> Sequence[Store]:
        """All stores of a namespace that were connected before."""

    async def forget(self, app: ObjectKey) -> None:
        """Close the connection of an App that is gone; nothing in the store changes."""
