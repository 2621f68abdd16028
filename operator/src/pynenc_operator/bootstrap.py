"""The composition root: makes every part, ties them together, runs them and takes them down in order."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import random
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

import kopf

from pynenc_operator.handlers import Memo, registry
from pynenc_operator.health import Health, StreamProof
from pynenc_operator.kube import (
    CountingLeaseLock,
    KubeCluster,
    LeaseElection,
    LeaseTimes,
    Transport,
    connect,
    load_credentials,
)
from pynenc_operator.leader import LeadershipLostError, work_as_leader
from pynenc_operator.plan.result import ObjectKey
from pynenc_operator.reconcile.apply import Applier
from pynenc_operator.reconcile.context import Context, ParsedLists
from pynenc_operator.reconcile.controller import Controller
from pynenc_operator.reconcile.dependents import Dependents
from pynenc_operator.reconcile.pools import PoolMemory
from pynenc_operator.reconcile.ports import ClusterError, StaleLeaderError
from pynenc_operator.reconcile.workqueue import WorkQueue
from pynenc_operator.settings import Settings
from pynenc_operator.store import AppStores

_log = logging.getLogger(__name__)
CRD_SECONDS = 2.0
"""How often to look for the CRDs while they are not there."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What lives as long as the process."""

    settings: Settings
    identity: str
    cluster: KubeCluster
    election: LeaseElection
    health: Health


async def run(settings: Settings) -> None:
    """Stand by, lead, work; returns after SIGTERM or SIGINT.

    Raises:
        LeadershipLostError: another process may lead by now, so this one must end.
    """
    async with _parts(settings) as parts:
        serving = await parts.health.serve(settings.health_host, settings.health_port)
        try:
            await _until_told(work_as_leader(parts.election, functools.partial(_work, parts)))
        finally:
            await serving.cleanup()


async def _until_told(work: Coroutine[None, None, None]) -> None:
    """Stop on SIGTERM or SIGINT. While leading, kopf takes these signals over and ends by itself."""
    loop = asyncio.get_running_loop()
    working = asyncio.ensure_future(work)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    stopping = asyncio.ensure_future(told.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        await asyncio.wait([working])
    if not working.cancelled():
        working.result()


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    identity = settings.identity or f"{socket.gethostname()}-{os.getpid()}"
    loop = asyncio.get_running_loop()
    health = Health(StreamProof(loop.time, settings.deaf_seconds), settings.deaf_seconds)
    async with connect() as api:
        cluster = KubeCluster(Transport(api), identity)
        lock = CountingLeaseLock(settings.lease_name, settings.lease_namespace, identity, api)
        health.writes = cluster.writes
        lock.on_contact = functools.partial(setattr, health, "connected", True)
        if settings.has_canary:
            lease = ObjectKey("Lease", settings.lease_namespace, settings.lease_name)
            lock.on_write = functools.partial(health.proof.expect, lease)
        times = LeaseTimes(settings.lease_seconds, settings.renew_seconds, settings.retry_seconds)
        yield Parts(settings, identity, cluster, LeaseElection(lock, times), health)


async def _work(parts: Parts, epoch: int) -> None:
    """What a leader does; returns when kopf was told to stop."""
    await _await_crds(parts)
    queue: WorkQueue[ObjectKey] = WorkQueue(random.random)
    stores = AppStores(epoch, f"operator-{uuid.uuid4()}", queue.add)
    context = Context(parts.cluster, ParsedLists(parts.cluster), stores, Applier(parts.cluster), Dependents())
    controller = Controller(context, queue)
    parts.health.stuck = controller.idle_seconds
    parts.health.memory = context.memory
    parts.health.leading = True
    gc.freeze()  # what is imported stays, and looking at it costs more than reading a long list
    try:
        await _serve(parts, controller, queue, context.memory)
    except ExceptionGroup as errors:
        if errors.subgroup(StaleLeaderError) is None:
            raise
        raise LeadershipLostError("a newer leader has written to a store") from errors
    finally:
        parts.health.leading = False
        queue.close()
        stores.close()


async def _serve(parts: Parts, controller: Controller, queue: WorkQueue[ObjectKey], memory: PoolMemory) -> None:
    settings = parts.settings
    resync = controller.resync(
        parts.cluster.relist, settings.namespaces or ("",), settings.resync_seconds, parts.health.proof.listed
    )
    async with asyncio.TaskGroup() as group:
        background = [group.create_task(controller.run(settings.workers)), group.create_task(resync)]
        # kopf takes tasks that began after itself for forgotten ones of its own and waits for them when it ends.
        await asyncio.sleep(0)
        await _watch(parts, queue, memory)
        for task in background:
            task.cancel()


async def _watch(parts: Parts, queue: WorkQueue[ObjectKey], memory: PoolMemory) -> None:
    settings = parts.settings
    canary = settings.lease_name if settings.has_canary else ""
    memo = Memo(queue.add, parts.cluster.changed, parts.health.proof.delivered, memory.seen, _log_in)
    await kopf.operator(
        registry=registry(lease=canary),
        settings=kopf_settings(),
        memo=memo,
        # Left to itself kopf asks for the name of the user, and in a container the user may have none.
        identity=parts.identity,  # type: ignore[arg-type]  # a NewType of str that kopf does not export
        standalone=True,
        clusterwide=settings.clusterwide,
        namespaces=settings.namespaces,
    )


def kopf_settings() -> kopf.OperatorSettings:
    """How kopf is used: it watches and calls, and writes nothing."""
    settings = kopf.OperatorSettings()
    # Looking for new kinds and namespaces needs rights of the whole cluster; ours are there, or we would still wait.
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.posting.loggers = False
    settings.watching.server_timeout = 300
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 60
    settings.persistence.finalizer = "pynenc.io/finalizer"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix="pynenc.io")
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix="pynenc.io")
    return settings


async def _log_in() -> kopf.ConnectionInfo:
    found = await load_credentials()
    return kopf.ConnectionInfo(
        server=found.server,
        ca_path=found.ca_path,
        token=found.token,
        certificate_path=found.certificate_path,
        private_key_path=found.key_path,
        insecure=found.insecure,
    )


async def _await_crds(parts: Parts) -> None:
    """Wait for our kinds: kopf looks once for the kinds that it is to watch."""
    while True:
        try:
            if await parts.cluster.serves_our_kinds():
                return
            _log.warning("the custom resource definitions are not installed; waiting")
        except ClusterError as error:
            _log.warning("waiting for the API server: %s", error)
        await asyncio.sleep(CRD_SECONDS)
