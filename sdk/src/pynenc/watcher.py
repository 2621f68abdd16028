"""Waiting without blocking: two threads an app wait for outcomes, on behalf of all coroutines of all event loops.

One thread asks the store which invocations have ended, many at a time; the other listens to the one inbox that the ends
of the others are sent to. A hint can be lost, with a connection for example, so what is waited for long is asked again.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pynenc.core.records import Outcome
from pynenc.errors import InvocationNotFound
from pynenc.rim import new_nonce

if TYPE_CHECKING:
    from pynenc.app import Pynenc

LOOK_AGAIN_SECONDS = 10.0
BATCH = 500
"""Invocations that are asked for in one step."""


class Watch:
    """What one coroutine waits for; made in it. Each id is told once, as its outcome or as an error."""

    def __init__(self, invocation_ids: Sequence[str]) -> None:
        self.invocation_ids = tuple(invocation_ids)
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[Outcome | Exception] = asyncio.Queue()

    def tell(self, found: Outcome | Exception) -> None:
        """Hand the coroutine what has become of an invocation; safe from any thread."""
        with suppress(RuntimeError):  # its event loop has been closed meanwhile
            self._loop.call_soon_threadsafe(self._told.put_nowait, found)

    async def next(self) -> Outcome | Exception:
        """What is told next; the payload of an outcome is always present."""
        return await self._told.get()


class Watcher:
    """The watches of one app in this process. Holds no app, so that it keeps none alive; thread-safe."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._inbox = f"client-{new_nonce()}"
        self._lock = threading.Lock()
        self._watches: dict[str, set[Watch]] = {}
        self._fresh: list[str] = []
        self._is_listening = False
        self._asker = ThreadPoolExecutor(1, "pynenc-asker")

    def add(self, app: Pynenc, watch: Watch) -> None:
        """Tell `watch` the outcomes of what it waits for; returns at once."""
        with self._lock:
            for invocation_id in watch.invocation_ids:
                known = self._watches.setdefault(invocation_id, set())
                if not known:
                    self._fresh.append(invocation_id)
                known.add(watch)
            if not self._is_listening:
                self._is_listening = True
                threading.Thread(target=self._listen, args=(app,), name="pynenc-listener", daemon=True).start()
        self._asker.submit(self._ask_fresh, app)

    def discard(self, watch: Watch) -> None:
        """Tell `watch` nothing any more."""
        with self._lock:
            for invocation_id in watch.invocation_ids:
                known = self._watches.get(invocation_id, set())
                known.discard(watch)
                if not known:
                    self._watches.pop(invocation_id, None)

    @property
    def watched(self) -> tuple[str, ...]:
        """The ids that somebody waits for."""
        with self._lock:
            return tuple(self._watches)

    def _tell(self, invocation_id: str, found: Outcome | Exception) -> None:
        with self._lock:
            watches = self._watches.pop(invocation_id, set())
        for watch in watches:
            watch.tell(found)

    # -- the asker

    def _ask_fresh(self, app: Pynenc) -> None:
        with self._lock:
            fresh, self._fresh = self._fresh, []
        self._ask(app, fresh)

    def _ask(self, app: Pynenc, invocation_ids: Sequence[str]) -> None:
        for first in range(0, len(invocation_ids), BATCH):
            self._ask_some(app, invocation_ids[first : first + BATCH])

    def _ask_some(self, app: Pynenc, invocation_ids: Sequence[str]) -> None:
        try:
            found = app.orchestrator.watch(self._inbox, invocation_ids)
        except Exception as error:
            if isinstance(error, InvocationNotFound) and len(invocation_ids) > 1:
                middle = len(invocation_ids) // 2  # one that is unknown must not end the wait for the others
                self._ask_some(app, invocation_ids[:middle])
                self._ask_some(app, invocation_ids[middle:])
                return
            found = []
            for invocation_id in invocation_ids:
                self._tell(invocation_id, error)
        for outcome in found:
            if outcome is not None:
                self._tell(outcome.invocation_id, outcome)

    # -- the listener

    def _listen(self, app: Pynenc) -> None:
        """Pass news on until nobody has waited for a while."""
        looked = time.monotonic()
        while True:
            try:
                outcome = app.broker.listen(self._inbox, (), LOOK_AGAIN_SECONDS).outcome
            except Exception as error:  # as a thread that waits by itself would see it
                outcome = None
                for invocation_id in self.watched:
                    self._tell(invocation_id, error)
            if outcome is not None:
                self._pass_on(app, outcome)
            elif self._is_over():
                return
            if time.monotonic() - looked >= LOOK_AGAIN_SECONDS:
                looked = time.monotonic()
                self._ask(app, self.watched)

    def _is_over(self) -> bool:
        with self._lock:
            self._is_listening = bool(self._watches)
            return not self._is_listening

    def _pass_on(self, app: Pynenc, outcome: Outcome) -> None:
        try:
            self._tell(outcome.invocation_id, with_payload(app, outcome))
        except Exception as error:
            self._tell(outcome.invocation_id, error)


async def watched(app: Pynenc, invocation_ids: Sequence[str]) -> AsyncGenerator[Outcome, None]:
    """Outcomes as they come, one for each of `invocation_ids`, which are distinct; raises what stands for one."""
    watch, watcher = Watch(invocation_ids), watcher_of(app)
    watcher.add(app, watch)
    try:
        for _ in invocation_ids:
            found = await watch.next()
            if isinstance(found, Exception):
                raise found
            yield found
    finally:
        watcher.discard(watch)


def with_payload(app: Pynenc, outcome: Outcome) -> Outcome:
    """`outcome` with its payload, read from the store if it did not travel with the news."""
    if outcome.payload is not None:
        return outcome
    record = app.state_backend.records([outcome.invocation_id])[0]
    if record is None:
        raise InvocationNotFound(f"invocation {outcome.invocation_id} ended, and its result has expired")
    return Outcome(record.invocation_id, record.status, record.payload)


_watchers: WeakKeyDictionary[Pynenc, Watcher] = WeakKeyDictionary()
_lock = threading.Lock()


def watcher_of(app: Pynenc) -> Watcher:
    """The watcher of `app` in this process; a new one after a fork."""
    with _lock:
        watcher = _watchers.get(app)
        if watcher is None or watcher.pid != os.getpid():
            watcher = _watchers[app] = Watcher()
        return watcher
