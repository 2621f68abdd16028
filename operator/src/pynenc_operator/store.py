"""The only bridge to the SDK's store: one connection per App, its blocking calls in threads, its errors as problems.

Nothing here decides. A connection remembers whether it served when it was last asked, so that the objects of an App
whose store is down do not each wait for a timeout.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from pynenc import Pynenc
from pynenc.core import inline
from pynenc.core.definitions import tasks_in
from pynenc.core.failures import Failure
from pynenc.core.records import (
    Answer,
    Declaration,
    DeclaredKind,
    Enqueued,
    InvocationRecord,
    NewInvocation,
    Recovered,
    TaskDefinition,
    WorkerInfo,
)
from pynenc.core.seal import Keyring
from pynenc.core.status import Status
from pynenc.errors import (
    BackendAuthError,
    BackendError,
    BackendFull,
    BadSignature,
    InvocationNotFound,
    ProtocolMismatch,
    RedisMisconfigured,
)
from pynenc.orchestrator.base import LossPolicy
from pynenc.runner.base import FAILURE_TTL_SECONDS, ORDERLY, loss_policy
from pynenc_operator import reasons
from pynenc_operator.plan.app import StoreFacts
from pynenc_operator.plan.fate import Fate
from pynenc_operator.plan.result import Cancellation, ObjectKey, Problem, Vigil
from pynenc_operator.reconcile.lookout import Lookout
from pynenc_operator.reconcile.ports import StaleLeaderError

_log = logging.getLogger(__name__)
T = TypeVar("T")
Wake = Callable[[ObjectKey], None]

FACTS_AGE_SECONDS = 1.0
LISTEN_SECONDS = 5.0
RECONNECT_SECONDS = 1.0
THREADS = 16
REASONS: tuple[tuple[type[BackendError], str], ...] = (
    (BackendAuthError, reasons.REDIS_AUTH_FAILED),
    (BackendFull, reasons.REDIS_OUT_OF_MEMORY),
    (RedisMisconfigured, reasons.REDIS_MISCONFIGURED),
    (ProtocolMismatch, reasons.REDIS_PROTOCOL_MISMATCH),
    (BackendError, reasons.REDIS_UNREACHABLE),
)


def problem_of(error: BackendError) -> Problem:
    """What a BackendError means to the reader of a condition."""
    return Problem(next(reason for class_, reason in REASONS if isinstance(error, class_)), str(error))


class Inbox:
    """Listens in a thread of its own for the ends of watched invocations, and wakes their objects up."""

    def __init__(self, app: Pynenc, name: str, wake: Wake) -> None:
        self.name = name
        self._app = app
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._keys: dict[str, set[ObjectKey]] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def expect(self, invocation_id: str, key: ObjectKey) -> bool:
        """Remember whose invocation this is, or whose too; whether it was not expected yet."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._listen, name=f"inbox {self._app.app_id}", daemon=True)
            self._thread.start()
        new = invocation_id not in self._keys
        self._keys.setdefault(invocation_id, set()).add(key)
        return new

    def forget(self, invocation_id: str) -> None:
        """Nothing more is expected of this invocation."""
        self._keys.pop(invocation_id, None)

    def objects_of(self, invocation_id: str) -> Collection[ObjectKey]:
        """Whose invocation this is."""
        return frozenset(self._keys.get(invocation_id, ()))

    def stop(self) -> None:
        """Listen no more; the thread ends at its next return from the store."""
        self._stopped.set()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                news = self._app.broker.listen(self.name, (), LISTEN_SECONDS)
            except BackendError as error:
                _log.debug("inbox: %s", error)
                self._stopped.wait(RECONNECT_SECONDS)
                continue
            if news.outcome is not None and not self._stopped.is_set():
                self._loop.call_soon_threadsafe(self.arrived, news.outcome.invocation_id)

    def arrived(self, invocation_id: str) -> None:
        """An invocation has ended."""
        for key in self._keys.pop(invocation_id, set()):
            self._wake(key)


class AppStore:
    """The store of one App, as `reconcile.ports.Store` promises it."""

    def __init__(
        self, app: Pynenc, keys: Keyring, epoch: int, inbox: Inbox, executor: ThreadPoolExecutor, wake: Wake
    ) -> None:
        self.problem: Problem | None = None
        self._app = app
        self._keys = keys
        self._epoch = epoch
        self._inbox = inbox
        self._lookout = Lookout(self._look_out, wake)
        self._executor = executor
        self._facts: asyncio.Future[StoreFacts] | None = None
        self._facts_at = 0.0

    async def check(self) -> None:
        """Ask whether the store serves."""
        try:
            await self._call(self._app.orchestrator.ping)
        except BackendError:
            _log.debug("%s does not serve: %s", self._app.app_id, self.problem)

    async def facts(self) -> StoreFacts:
        """Registries, limits, counts and workers; at most a second old, and shared by all who ask at the same time."""
        now = asyncio.get_running_loop().time()
        if self._facts is None or now - self._facts_at > FACTS_AGE_SECONDS or _failed(self._facts):
            self._facts_at = now
            self._facts = asyncio.ensure_future(self._call(self._read_facts))
        return await asyncio.shield(self._facts)

    async def publish(self, definitions: Sequence[TaskDefinition], withdrawn: Sequence[str]) -> None:
        """Change the registry, in the name of this leader."""
        orchestrator = self._app.orchestrator
        for definition in definitions:
            self._led(await self._call(partial(orchestrator.publish, definition, self._epoch)))
        for task_id in withdrawn:
            self._led(await self._call(partial(orchestrator.withdraw, task_id, self._epoch)))
        if definitions or withdrawn:
            self._facts = None

    async def declare(self, declarations: Sequence[Declaration]) -> None:
        """Change the registries of triggers and workflows, in the name of this leader."""
        orchestrator = self._app.orchestrator
        for declaration in declarations:
            self._led(await self._call(partial(orchestrator.declare, self._sealed(declaration), self._epoch)))
        if declarations:
            self._facts = None

    def _sealed(self, declaration: Declaration) -> Declaration:
        if declaration.kind is not DeclaredKind.SOURCE or not declaration.text:
            return declaration
        text = inline.seal(self._keys, self._app.app_id, declaration.name, declaration.text)
        return replace(declaration, text=text)

    def _sources(self, sealed: Mapping[str, str]) -> dict[str, str]:
        """Those that workers with today's keys take; the others are to be declared anew, or are not ours."""
        found = {}
        for name, text in sealed.items():
            try:
                found[name] = inline.unseal(self._keys, self._app.app_id, name, text)
            except BadSignature as error:
                _log.info("source of %s: %s", name, error)
        return found

    def distrust(self, task_id: str, source: str) -> str:
        """Why workers of the App would not run a source, if it is a bundle and they would not."""
        if not source.startswith(inline.BUNDLED):
            return ""
        try:
            inline.open_bundle(self._keys, self._app.app_id, task_id, source)
        except BadSignature as error:
            return str(error)
        return ""

    async def set_limits(self, numbers: Sequence[tuple[str, int | None]]) -> None:
        """Set the numbers of limits, in the name of this leader."""
        orchestrator = self._app.orchestrator
        for name, number in numbers:
            self._led(await self._call(partial(orchestrator.set_limit, name, number, self._epoch)))
        if numbers:
            self._facts = None

    async def open(self) -> None:
        """Allow workers to join, in the name of this leader."""
        self._led(await self._call(lambda: self._app.orchestrator.open(self._epoch)))

    async def enqueue(self, invocation: NewInvocation) -> Enqueued:
        """Sign and queue an invocation unless its id is known, or another one stands for it."""
        scope = (self._app.app_id, invocation.task_id, "arguments")
        invocation = invocation._replace(arguments=self._keys.seal(scope, invocation.arguments))
        answers = await self._call(lambda: self._app.orchestrator.enqueue([invocation]))
        _log.info("enqueue %s of %s: %s", invocation.invocation_id, invocation.task_id, answers[0].answer)
        return answers[0]

    async def cancel(self, wanted: Cancellation) -> None:
        """End an invocation, or ask its owner to."""
        cancel = partial(self._app.orchestrator.cancel, wanted.invocation_id, wanted.payload, wanted.ttl_seconds)
        _log.info("cancel %s: %s", wanted.invocation_id, await self._call(cancel))

    async def record(self, invocation_id: str) -> InvocationRecord | None:
        """What is known of an invocation; its result is unsealed, if it is signed with one of the keys."""
        record = (await self._call(lambda: self._app.state_backend.records([invocation_id])))[0]
        if record is None or record.status is not Status.SUCCESS:
            return record
        try:
            scope = (self._app.app_id, record.task_id, "result")
            return replace(record, payload=self._keys.open(scope, record.payload))
        except BadSignature as error:
            _log.warning("result of %s: %s", invocation_id, error)
            return record

    async def host_of(self, worker: str) -> str:
        """The pod that a worker runs in, or its id if it is gone."""
        host = _host((await self.facts()).workers, worker)
        if not host:
            # It may have joined since those facts were read.
            self._facts = None
            host = _host((await self.facts()).workers, worker)
        return host or worker

    async def watch(self, invocation_id: str, key: ObjectKey) -> None:
        """Have `key` looked at when the invocation ends."""
        if not self._inbox.expect(invocation_id, key):
            return
        try:
            outcomes = await self._call(lambda: self._app.orchestrator.watch(self._inbox.name, [invocation_id]))
        except InvocationNotFound:
            self._inbox.forget(invocation_id)
            return
        except BackendError:
            self._inbox.forget(invocation_id)
            raise
        if outcomes[0] is not None:
            self._inbox.arrived(invocation_id)

    async def ready(self, queues: Sequence[str]) -> dict[str, int]:
        """How many invocations stand in each queue and are neither delayed nor parked."""
        return await self._call(lambda: self._app.broker.sizes(queues))

    async def drain(self, pods: Sequence[str], seconds: float) -> Sequence[int]:
        """Hand nothing to the workers of pods for so long, and tell what each pod holds, in the name of this leader."""
        drained = await self._call(lambda: self._app.orchestrator.drain(pods, seconds, self._epoch))
        self._led(drained.answer)
        return drained.held

    async def recover(self, worker: WorkerInfo, fate: Fate, max_losses: int) -> Sequence[Recovered]:
        """Give to others what the worker of a pod that is gone held.

        An object that is gone does not prove that its processes are: a node that was cut off may run them still. They
        can do no harm: the store knows their worker no more, so it refuses their steps, and their next beat ends them.
        """
        self._facts = None
        policy = policy_of(worker, fate, max_losses)
        return await self._call(lambda: self._app.orchestrator.recover(worker.worker, policy))

    def objects_of(self, invocation_id: str) -> Collection[ObjectKey]:
        """The objects that mirror an invocation, as far as its end is watched for."""
        return self._inbox.objects_of(invocation_id)

    def keep_vigil(self, key: ObjectKey, vigil: Vigil | None) -> None:
        """Have `key` looked at once, within two seconds, when there is that much work; None ends the wish."""
        self._lookout.keep(key, vigil)

    def close(self) -> None:
        """Listen no more."""
        self._inbox.stop()
        self._lookout.stop()

    def _read_facts(self) -> StoreFacts:
        orchestrator = self._app.orchestrator
        declared = {kind: orchestrator.declared(kind) for kind in DeclaredKind}
        declared[DeclaredKind.SOURCE] = self._sources(declared[DeclaredKind.SOURCE])
        return StoreFacts(
            orchestrator.definitions(),
            orchestrator.counts(),
            tuple(orchestrator.workers()),
            orchestrator.limits(),
            declared,
            {pool: tasks_in(text) for pool, text in declared[DeclaredKind.CODE].items()},
            orchestrator.standing(),
        )

    async def _look_out(self, queues: Sequence[str]) -> dict[str, int]:
        """As `ready`; without workers nobody else makes due what has come due, and recovers what was lost."""
        await self._call(lambda: self._app.orchestrator.sweep(loss_policy(self._app, "ended without notice")))
        return await self.ready(queues)

    def _led(self, answer: Answer) -> None:
        if answer is Answer.STALE:
            raise StaleLeaderError(f"a newer leader has written to the store of {self._app.app_id}")

    async def _call(self, function: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            result = await loop.run_in_executor(self._executor, function)
        except BackendError as error:
            self.problem = problem_of(error)
            raise
        self.problem = None
        return result


class AppStores:
    """The stores of all Apps, as `reconcile.ports.Stores` promises them.

    `epoch` says which leader writes; `client` is this process's name in every store.
    """

    def __init__(self, epoch: int, client: str, wake: Wake) -> None:
        self._epoch = epoch
        self._client = client
        self._wake = wake
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._connected: dict[ObjectKey, tuple[tuple[str, Keyring], AppStore]] = {}

    async def connect(self, app: ObjectKey, url: str, keys: Keyring) -> AppStore:
        """The store at `url`, checked now; a changed URL or keyring replaces the connection."""
        known = self._connected.get(app)
        if known is None or known[0] != (url, keys):
            await self.forget(app)
            known = self._connected[app] = ((url, keys), self._make(app, url, keys))
        await known[1].check()
        return known[1]

    def get(self, app: ObjectKey) -> AppStore | None:
        """The store of an App that was connected before."""
        known = self._connected.get(app)
        return None if known is None else known[1]

    def of_namespace(self, namespace: str) -> Sequence[AppStore]:
        """All stores of a namespace that were connected before."""
        return [store for key, (_, store) in self._connected.items() if key.namespace == namespace]

    async def forget(self, app: ObjectKey) -> None:
        """Close the connection of an App that is gone; nothing in the store changes."""
        known = self._connected.pop(app, None)
        if known is not None:
            known[1].close()

    def close(self) -> None:
        """Close everything."""
        for _, store in self._connected.values():
            store.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _make(self, app: ObjectKey, url: str, keys: Keyring) -> AppStore:
        pynenc_app = Pynenc(app_id=f"{app.namespace}/{app.name}", config_values={"redis_url": url} if url else {})
        if url:
            # Assignment is stronger than the environment, which is that of the operator and not of the App.
            pynenc_app.conf.redis_url = url
        inbox = Inbox(pynenc_app, self._client, self._wake)
        return AppStore(pynenc_app, keys, self._epoch, inbox, self._executor, self._wake)


def policy_of(worker: WorkerInfo, fate: Fate, max_losses: int) -> LossPolicy:
    """What becomes of what a worker held whose pod is gone; a loss is counted where what ran may be to blame."""
    if not fate.is_to_blame:
        return ORDERLY
    message = f"its workers were lost {max_losses} times, the last one as pod {worker.host} {fate.how}"
    payload = Failure("WorkerLost", message, "pynenc.errors").dump()
    return LossPolicy(max_losses, payload, FAILURE_TTL_SECONDS)


def _host(workers: Sequence[WorkerInfo], worker: str) -> str:
    return next((info.host for info in workers if info.worker == worker), "")


def _failed(answer: asyncio.Future[StoreFacts]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
