"""Leadership by a Lease, with the client library's election.

Two things the library leaves out are added: `leaseTransitions` is counted, and a network error is a failed try, not
the end of the process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

_log = logging.getLogger(__name__)
_NETWORK = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
TRANSITIONS_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a lease lasts, after how long without renewal it is given up, and how often it is tried for."""

    lease_seconds: int
    renew_seconds: float
    retry_seconds: float


class CountingLeaseLock(LeaseLock):
    """A LeaseLock that counts changes of holder and survives an API server that does not answer."""

    def __init__(self, name: str, namespace: str, identity: str, api: client.ApiClient) -> None:
        super().__init__(name, namespace, identity, api)
        self.on_write: Callable[[str], None] = lambda _: None
        """Told the resource version of every renewal."""
        self.on_contact: Callable[[], None] = lambda: None
        """Told when the API server answers."""

    async def get(self, name: str, namespace: str) -> tuple[bool, Any]:
        """The record in the Lease, or why there is none."""
        try:
            answer = await super().get(name, namespace)
        except _NETWORK as error:
            return False, client.ApiException(status=0, reason=str(error))
        self.on_contact()
        return answer

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Whether the Lease could be created for us; the library refuses its own request for it."""
        body = client.V1Lease(metadata=client.V1ObjectMeta(name=name), spec=self.update_lease(election_record))
        try:
            self.lease_reference = await self.api_instance.create_namespaced_lease(namespace, body)
        except (client.ApiException, *_NETWORK) as error:
            _log.warning("the lease was not created: %s", getattr(error, "reason", None) or error)
            return False
        return True

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        """Whether the Lease could be taken or renewed."""
        try:
            # Renewal is not worth a stack trace, which the library would log.
            replaced = await self.api_instance.replace_namespaced_lease(name, namespace, self._updated(updated_record))
        except (client.ApiException, *_NETWORK) as error:
            _log.warning("the lease was not renewed: %s", getattr(error, "reason", None) or error)
            return False
        self.lease_reference = replaced
        self.on_write(self._lease.metadata.resource_version)
        return True

    @property
    def epoch(self) -> int:
        """A number that grows with every change of leader, also when the Lease was deleted in between."""
        lease = self._lease
        created = int(lease.metadata.creation_timestamp.timestamp())
        transitions = int(lease.spec.lease_transitions or 0)
        return created * TRANSITIONS_LIMIT + transitions % TRANSITIONS_LIMIT + 1

    async def release(self) -> None:
        """Let the next one lead at once."""
        lease = self._lease
        if lease is None or lease.spec.holder_identity != self.identity:
            return
        lease.spec.holder_identity = None
        try:
            await self.api_instance.replace_namespaced_lease(self.name, self.namespace, lease)
        except (client.ApiException, *_NETWORK) as error:
            _log.info("the lease was not released and will expire: %s", error)

    @property
    def _lease(self) -> Any:
        """The Lease as last seen. The client's models call every field optional, so it is not typed further."""
        return self.lease_reference

    def _updated(self, record: LeaderElectionRecord) -> client.V1Lease:
        lease = self._lease
        before = lease.spec.holder_identity
        lease.spec = self.update_lease(record, lease.spec)
        if before != record.holder_identity:
            lease.spec.lease_transitions = (lease.spec.lease_transitions or 0) + 1
        updated: client.V1Lease = lease
        return updated


class LeaseElection:
    """Stands by until it leads; `run` returns when leadership is lost."""

    def __init__(self, lock: CountingLeaseLock, times: LeaseTimes) -> None:
        self._lock = lock
        self._times = times

    async def run(self, lead: Callable[[int], Awaitable[None]]) -> None:
        """Call `lead` with the epoch once this process leads; return once it does no more."""

        async def started() -> None:
            await lead(self._lock.epoch)

        async def stopped() -> None:
            _log.error("leadership was lost")

        await LeaderElection(
            Config(
                self._lock,
                lease_duration=self._times.lease_seconds,
                renew_deadline=self._times.renew_seconds,
                retry_period=self._times.retry_seconds,
                onstarted_leading=started,
                onstopped_leading=stopped,
            )
        ).run()

    async def release(self) -> None:
        """Give leadership up early."""
        await self._lock.release()
