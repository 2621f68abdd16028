"""Tasks that are coroutine functions: many at once in one event loop, which runs in a thread beside the main one.

The loop's thread never talks to the store; a few others do that for it. While coroutines may wait for others, one more
thread (the courier) listens to the worker's inbox, and passes on what is meant for the main thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import coroutine
from typing import Any, TypeVar

from pynenc import context
from pynenc.core.records import Answer, Outcome, Settlement
from pynenc.errors import InvocationCancelled, ResultTimeout, UsageError
from pynenc.runner import waits
from pynenc.runner.attempt import Fenced, Release, Step, ended_badly, ended_well, prepare
from pynenc.runner.interrupts import Frame, GiveBack
from pynenc.runner.note import Note, note_id
from pynenc.runner.patience import persist
from pynenc.runner.seat import Seat

T = TypeVar("T")
STORE_THREADS = 4


@dataclass(eq=False)
class Running:
    """A coroutine in progress; `news` is set while it is paused, and tells that it may go on."""

    frame: Frame
    job: asyncio.Task[None] | None = None
    news: asyncio.Event | None = field(default=None)


class Coroutines:
    """Up to `async_slots` coroutines of one worker; those that wait for others are not counted."""

    def __init__(self, seat: Seat) -> None:
        self.seat = self._seat = seat
        self._slots = seat.app.conf.async_slots
        self._running: dict[str, Running] = {}
        self._changed = threading.Condition()
        self._store = ThreadPoolExecutor(STORE_THREADS, "pynenc-store")
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for name, target in (("pynenc-coroutines", self._turn), ("pynenc-courier", self._listen))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def main_inbox(self) -> str:
        """Where the main thread listens while the courier has the worker's own inbox."""
        return f"{self._seat.worker}.main"

    # -- called by the main thread

    def submit(self, frame: Frame) -> None:
        """Start an attempt."""
        running = Running(frame)
        with self._changed:
            self._running[frame.claimed.invocation_id] = running
            self._seat.note.count_coroutines(self._active())
        self._seat.deadlines.add(frame)
        self._loop.call_soon_threadsafe(self._begin, running)

    def _active(self) -> int:
        return sum(running.news is None for running in self._running.values())

    @property
    def free(self) -> int:
        """How many more may start."""
        with self._changed:
            return max(0, self._slots - self._active())

    def wait_for_room(self, seconds: float) -> None:
        """Wait until one more may start, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._active() < self._slots, seconds)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until none runs but those that wait for others, or the time is up; whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._active(), seconds)

    def wait_for_end(self, seconds: float) -> bool:
        """Wait until all have ended, or the time is up; whether they have."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    def holds(self, invocation_id: str) -> bool:
        """Whether an invocation is in progress here."""
        return invocation_id in self._running

    def interrupt(self) -> None:
        """End what is to end; safe in a signal handler and from any thread."""
        self._loop.call_soon_threadsafe(self._interrupt)

    def close(self) -> None:
        """End the threads; nothing is in progress any more."""
        self._closed = True
        with contextlib.suppress(Exception):  # the courier ends by itself a little later
            self._seat.app.broker.nudge(self._seat.worker)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._store.shutdown(wait=False)

    # -- the courier

    def _listen(self) -> None:
        """Take the news of the worker's inbox to whom they are meant for."""
        seat = self._seat
        while not self._closed:
            news = waits.listen(seat, seat.worker, (), waits.LISTEN_SECONDS)
            running = self._running.get(news.resumed)
            if running is not None:
                self._loop.call_soon_threadsafe(_wake, running)
            elif not self._closed:
                persist(lambda: seat.app.broker.nudge(self.main_inbox))

    # -- the event loop

    def _turn(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _begin(self, running: Running) -> None:
        running.job = self._loop.create_task(self._run(running))
        self._interrupt()

    def _interrupt(self) -> None:
        for running in list(self._running.values()):
            frame = running.frame
            if frame.sent is None and running.job is not None and (error := self._due(frame)) is not None:
                frame.sent = error
                running.job.cancel()

    def _due(self, frame: Frame) -> BaseException | None:
        stack = self._seat.stack
        if stack.giving_back:
            return GiveBack()
        if frame.claimed.invocation_id in stack.cancelled:
            return InvocationCancelled(f"{frame.claimed.task_id} was cancelled")
        return frame.timeout() if time.monotonic() >= frame.deadline else None

    async def _run(self, running: Running) -> None:
        frame, began = running.frame, time.monotonic()
        try:
            step = await self._attempt(running)
            await self.ask(lambda: self._seat.follow(frame.claimed, step))
        except BaseException:
            self._seat.app.logger.exception("invocation %s could not be settled", frame.claimed.invocation_id)
            step = None
        finally:
            self._seat.deadlines.remove(frame)
            with self._changed:
                del self._running[frame.claimed.invocation_id]
                self._seat.note.count_coroutines(self._active())
                self._changed.notify_all()
        self._seat.ended(frame, step, time.monotonic() - began)

    async def _attempt(self, running: Running) -> Step:
        frame, seat = running.frame, self._seat
        claimed = frame.claimed
        try:
            prepared = await self.ask(lambda: prepare(seat.app, claimed))
            if isinstance(prepared, Settlement):
                return prepared
            task, args, kwargs = prepared
            waiter = LoopWaiter(self, running)
            context.swap(context.Run(seat.app, claimed.invocation_id, claimed.task_id, claimed.attempt, waiter))
            value = await noted(task.func(*args, **kwargs), seat.note, note_id(claimed.invocation_id))
        except Fenced:
            return None
        except BaseException as error:
            return Release() if isinstance(frame.sent, GiveBack) else ended_badly(frame, error)
        return ended_well(task, frame, value)

    async def ask(self, step: Callable[[], T]) -> T:
        """Do something that may block, in a thread of its own; what is begun is brought to its end."""
        return await self._loop.run_in_executor(self._store, step)

    def paused(self, running: Running, news: asyncio.Event | None) -> None:
        """A coroutine waits for others (`news`), or goes on (None)."""
        with self._changed:
            running.news = news
            self._seat.note.count_coroutines(self._active())
            self._changed.notify_all()


def _wake(running: Running) -> None:
    if running.news is not None:
        running.news.set()


class LoopWaiter:
    """See `pynenc.context.Waiter`; for one coroutine."""

    def __init__(self, coroutines: Coroutines, running: Running) -> None:
        self._coroutines = coroutines
        self._seat = coroutines.seat
        self._running = running

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Refused: it would hold up all other coroutines."""
        raise UsageError(context.USE_AWAIT)

    async def wait_for_async(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """See `pynenc.context.Waiter`."""
        seat, claimed = self._seat, self._running.frame.claimed
        news = asyncio.Event()
        self._coroutines.paused(self._running, news)
        try:
            answer = await self._coroutines.ask(
                lambda: persist(
                    lambda: seat.app.orchestrator.wait(
                        seat.worker, claimed.invocation_id, claimed.fence, invocation_ids
                    )
                )
            )
            await self._coroutines.ask(lambda: waits.check(seat.app, answer))
            if answer.answer is Answer.PAUSED:
                await self._pause(news, timeout_seconds)
            return await self._coroutines.ask(lambda: waits.outcomes(seat, invocation_ids))
        except asyncio.CancelledError:
            await asyncio.shield(self._resume(force=True))
            raise
        finally:
            self._coroutines.paused(self._running, None)

    async def _pause(self, news: asyncio.Event, timeout_seconds: float | None) -> None:
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            left = waits.LISTEN_SECONDS if deadline is None else deadline - time.monotonic()
            if left <= 0:
                await self._resume(force=True)
                raise ResultTimeout(f"not all had ended after {timeout_seconds:g}s; they go on")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), min(left, waits.LISTEN_SECONDS))
            news.clear()
            if await self._resume(force=False):
                return

    async def _resume(self, *, force: bool) -> bool:
        seat, frame = self._seat, self._running.frame
        claimed = frame.claimed
        answer = await self._coroutines.ask(
            lambda: persist(
                lambda: seat.app.orchestrator.resume(seat.worker, claimed.invocation_id, claimed.fence, force=force)
            )
        )
        if answer is Answer.CANCELLING and not force:
            frame.sent = InvocationCancelled(f"{claimed.task_id} was cancelled")
            raise frame.sent
        if answer not in (Answer.OK, Answer.WAITING, Answer.CANCELLING):
            raise Fenced
        return answer is not Answer.WAITING


@coroutine
def noted(inner: Coroutine[Any, Any, T], note: Note, invocation_id: bytes) -> Generator[Any, Any, T]:
    """Run `inner` and note whenever its code is entered and left, so that it is blamed if the worker dies then."""
    send: Callable[[Any], Any] = inner.send
    value: Any = None
    while True:
        note.step(invocation_id)
        try:
            asked = send(value)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            note.step(b"")
        try:
            send, value = inner.send, (yield asked)
        except BaseException as error:  # cancellation, and errors of what is awaited, belong to the inner code
            send, value = inner.throw, error
