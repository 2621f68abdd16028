"""Tasks that are coroutine functions: many at once in one event loop, which runs in a thread beside the main one.

The loop's thread never talks to the store; a few others do that for it. An attempt may wait for others in several of
its own coroutines at once, so each wait watches for outcomes as any other program does; in the store the attempt is
PAUSED until the last of them ends.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import coroutine
from typing import Any, TypeVar

from pynenc import context
from pynenc.core.records import Answer, Enqueued, NewInvocation, Outcome, Settlement
from pynenc.errors import BackendUnavailable, InvocationCancelled, ResultTimeout, UsageError
from pynenc.runner import waits
from pynenc.runner.attempt import Fenced, Release, Step, ended_badly, ended_well, prepare
from pynenc.runner.interrupts import Frame, GiveBack
from pynenc.runner.note import Note, note_id
from pynenc.runner.patience import persist, submit
from pynenc.runner.seat import Seat
from pynenc.watcher import watched

T = TypeVar("T")
STORE_THREADS = 4


@dataclass(eq=False)
class Running:
    """An attempt in progress. `waiting` are those of its coroutines that wait for others; `turn` orders its steps."""

    frame: Frame
    job: asyncio.Task[None] | None = None
    waiting: set[asyncio.Task[Any] | None] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Coroutines:
    """Up to `async_slots` coroutines of one worker; those that wait for others are not counted."""

    def __init__(self, seat: Seat) -> None:
        self.seat = self._seat = seat
        self._slots = seat.app.conf.async_slots
        self._running: dict[str, Running] = {}
        self._changed = threading.Condition()
        self._store = ThreadPoolExecutor(STORE_THREADS, "pynenc-store")
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._turn, name="pynenc-coroutines", daemon=True).start()

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
        return sum(not running.waiting for running in self._running.values())

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
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._store.shutdown(wait=False)

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
            running.job = None  # nothing is left to be interrupted
            step = step if await self._end_waits(running) else None
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

    def mark(self, running: Running, job: asyncio.Task[Any] | None, *, waits: bool) -> None:
        """One of an attempt's coroutines waits for others, or goes on."""
        with self._changed:
            (running.waiting.add if waits else running.waiting.discard)(job)
            self._seat.note.count_coroutines(self._active())
            self._changed.notify_all()

    async def _end_waits(self, running: Running) -> bool:
        """Stop the waits that an attempt leaves behind, after all steps begun for it; whether it is still ours."""
        left = tuple(running.waiting)
        for job in left:
            self.mark(running, job, waits=False)
            if job is not None:
                job.cancel()
        try:
            if left:
                await self.resume(running)
            async with running.turn:
                return True
        except Fenced:
            return False

    async def resume(self, running: Running) -> None:
        """Go on from a pause, unless another coroutine of the attempt waits by now."""
        claimed, seat = running.frame.claimed, self._seat
        name, fence = claimed.invocation_id, claimed.fence
        async with running.turn:
            if running.waiting:
                return
            answer = await self.ask(
                lambda: persist(lambda: seat.app.orchestrator.resume(seat.worker, name, fence, force=True))
            )
        if answer is Answer.CANCELLING:
            seat.stack.cancelled.add(name)
            self._interrupt()
        elif answer is not Answer.OK:
            raise Fenced


class LoopWaiter:
    """See `pynenc.context.Waiter`; for all coroutines of one attempt."""

    def __init__(self, coroutines: Coroutines, running: Running) -> None:
        self._coroutines = coroutines
        self._seat = coroutines.seat
        self._running = running

    def enqueue(self, batch: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `pynenc.context.Waiter`."""
        return submit(self._seat.app, batch)

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """Refused: it would hold up all other coroutines."""
        raise UsageError(context.USE_AWAIT)

    async def wait_for_async(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """See `pynenc.context.Waiter`."""
        running, job = self._running, asyncio.current_task()
        limit = asyncio.timeout(timeout_seconds)
        self._coroutines.mark(running, job, waits=True)
        try:
            await asyncio.shield(self._pause(invocation_ids))
            async with limit:
                return await self._arrivals(invocation_ids)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ResultTimeout(f"not all had ended after {timeout_seconds or 0:g}s; they go on") from None
        finally:
            if job in running.waiting:  # else the attempt has ended
                self._coroutines.mark(running, job, waits=False)
                await asyncio.shield(self._coroutines.resume(running))

    async def _pause(self, invocation_ids: Sequence[str]) -> None:
        seat, claimed = self._seat, self._running.frame.claimed
        name, fence = claimed.invocation_id, claimed.fence

        def pause() -> None:
            waits.check(seat.app, persist(lambda: seat.app.orchestrator.wait(seat.worker, name, fence, invocation_ids)))

        async with self._running.turn:
            await self._coroutines.ask(pause)

    async def _arrivals(self, invocation_ids: Sequence[str]) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        while missing := [name for name in invocation_ids if name not in found]:
            try:
                async for outcome in watched(self._seat.app, missing):
                    found[outcome.invocation_id] = outcome
            except BackendUnavailable:  # its runner ends a worker whose store stays away
                await asyncio.sleep(waits.AWAY_SECONDS)
        return found


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
