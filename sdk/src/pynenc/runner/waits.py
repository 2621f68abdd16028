"""How a task in a worker's main thread waits for others.

It runs the one that it waits for on its own stack, or is paused meanwhile and frees its slot.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pynenc.broker.base import News
from pynenc.context import in_event_loop
from pynenc.core.records import Answer, Claimed, Enqueued, NewInvocation, Outcome, Settlement, WaitAnswer
from pynenc.errors import (
    BackendUnavailable,
    ConcurrencyDeadlock,
    CycleDetected,
    InvocationNotFound,
    NotInInvocation,
    ResultTimeout,
    TooManyChildren,
)
from pynenc.rim import fraction
from pynenc.runner.attempt import Fenced, run_attempt
from pynenc.runner.batch import HELD_SECONDS
from pynenc.runner.host import PAUSED, RESUMED
from pynenc.runner.interrupts import Frame
from pynenc.runner.patience import persist, submit
from pynenc.runner.seat import TAKEN, Seat

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.runner.loop import WorkerLoop

AWAY_SECONDS = 0.5
SOON_SECONDS = 0.002
LISTEN_SECONDS = 30.0
"""A hint that was lost costs no more than this."""


class MainWaiter:
    """See `pynenc.context.Waiter`; for tasks on the stack of a worker's main thread."""

    def __init__(self, loop: WorkerLoop) -> None:
        self._loop = loop
        self._seat = loop.seat

    def enqueue(self, batch: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `pynenc.context.Waiter`."""
        return [self._enqueue_one(batch[0])] if len(batch) == 1 else submit(self._seat.app, batch)

    def _enqueue_one(self, new: NewInvocation) -> Enqueued:
        """An idle worker is told late, in case that the call is waited for at once."""
        app, late = self._seat.app, self._loop.late
        if late.is_owed or not self._may_run(new):
            (enqueued,) = submit(app, [new])
            if enqueued.answer is Answer.OK and _is_ready(new):
                late.covered(new.queue)
            return enqueued
        try:
            return submit(app, [new._replace(quiet=True)])[0]
        finally:
            late.owe(new.queue, new.invocation_id)  # also if it is not known whether it was queued

    def _may_run(self, new: NewInvocation) -> bool:
        conf = self._seat.app.conf
        may_wait = len(self._seat.stack.frames) <= conf.inline_depth and not in_event_loop()
        return may_wait and new.inline and _is_ready(new) and new.queue in conf.queues

    async def wait_for_async(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """As `wait_for`: a plain function that returned a coroutine has the whole thread to itself."""
        return self.wait_for(invocation_ids, timeout_seconds)

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """See `pynenc.context.Waiter`."""
        stack = self._seat.stack
        if not stack.frames:
            raise NotInInvocation("only a running task can wait here")
        stack.leave()
        try:
            return self._wait(stack.frames[-1], invocation_ids, timeout_seconds)
        finally:
            stack.enter()

    def _wait(self, frame: Frame, awaited: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        seat, claimed = self._seat, frame.claimed
        seat.batch.clear()
        seat.pace.note(HELD_SECONDS)
        depth = len(seat.stack.frames)
        is_alone = timeout_seconds is None and not in_event_loop()  # what runs inline may need a loop of its own
        inline = seat.app.conf.queues if is_alone and depth <= seat.app.conf.inline_depth else ()
        answer = persist(
            lambda: seat.app.orchestrator.wait(seat.worker, claimed.invocation_id, claimed.fence, awaited, inline)
        )
        if answer.item is None:
            self._loop.late.tell()
        else:
            self._loop.late.taken(answer.item.invocation_id)
        check(seat.app, answer)
        if answer.item is not None and (outcome := self._run_inline(frame, answer.item)) is not None:
            return {outcome.invocation_id: outcome}
        if answer.answer is not Answer.READY:
            self._pause(frame, timeout_seconds, look_first=answer.item is not None)
        return outcomes(seat, awaited)

    def _run_inline(self, frame: Frame, item: Claimed) -> Outcome | None:
        """Run what is awaited here; None if its outcome is not known yet."""
        if self._loop.hand_over(item):
            return None
        seat, child, began = self._seat, self._seat.frame(item), time.monotonic()
        step = run_attempt(seat.app, child, seat.stack, self)
        seat.ended(child, step, time.monotonic() - began)
        if not isinstance(step, Settlement):
            seat.follow(item, step)
            return None
        claimed = frame.claimed
        ended, resumed = persist(
            lambda: seat.app.orchestrator.finish_and_resume(seat.worker, step, claimed.invocation_id, claimed.fence)
        )
        seat.check([step], [ended])
        known = ended in TAKEN and self._may_go_on(frame, resumed)
        return Outcome(step.invocation_id, step.status, step.payload) if known else None

    def _pause(self, frame: Frame, timeout_seconds: float | None, *, look_first: bool) -> None:
        deadline = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        if look_first and self._is_resumed(frame):
            return
        if self._is_over(frame, deadline, SOON_SECONDS):  # not worth a slot's change of hands
            return
        self._seat.host.say(PAUSED)
        try:
            longest = min(LISTEN_SECONDS, self._seat.app.conf.beat_seconds)  # it may hold limits, so it looks often
            while not self._is_over(frame, deadline, longest):
                pass
        finally:
            self._seat.host.say(RESUMED)

    def _is_over(self, frame: Frame, deadline: float, longest: float) -> bool:
        """Whether the wait is over after listening once, for `longest` seconds at most."""
        self._raise_pending(frame)
        left = deadline - time.monotonic()
        if left <= 0:
            self._resume(frame, force=True)
            raise ResultTimeout("not all had ended in the time given; they go on")
        news = self._loop.listen((), min(left, longest))
        if news.resumed and news.resumed != frame.claimed.invocation_id:
            return False  # left over from one that is not here any more
        return (bool(news) or longest > SOON_SECONDS) and self._is_resumed(frame)

    def _is_resumed(self, frame: Frame) -> bool:
        resumed = self._resume(frame, force=False)
        self._raise_pending(frame)
        return resumed

    def _raise_pending(self, frame: Frame) -> None:
        """End the attempt here, if it is to end; the store must have it RUNNING for that."""
        if (error := self._seat.stack.pending()) is not None:
            self._resume(frame, force=True)
            raise error

    def _resume(self, frame: Frame, *, force: bool) -> bool:
        seat, claimed = self._seat, frame.claimed
        answer = persist(
            lambda: seat.app.orchestrator.resume(seat.worker, claimed.invocation_id, claimed.fence, force=force)
        )
        return self._may_go_on(frame, answer)

    def _may_go_on(self, frame: Frame, answer: Answer) -> bool:
        if answer is Answer.CANCELLING:
            self._seat.stack.cancelled.add(frame.claimed.invocation_id)
        elif answer not in (Answer.OK, Answer.WAITING):
            raise Fenced
        return answer is not Answer.WAITING


def _is_ready(new: NewInvocation) -> bool:
    """Whether it is queued at once, or ends at once."""
    return not new.due_us and not new.delay_us


def check(app: Pynenc, answer: WaitAnswer) -> None:
    """Raise unless the caller may wait, or need not; the message names what stands in the way."""
    match answer.answer:
        case Answer.READY | Answer.PAUSED | Answer.INLINE:
            return
        case Answer.CYCLE:
            raise CycleDetected(f"waiting would never end: {' -> '.join(named(app, answer.path))}")
        case Answer.TOOBIG:
            raise TooManyChildren("more than 2,000 invocations would be waited for; wait for them in batches")
        case Answer.DEADLOCK:
            (awaited,), limit = named(app, answer.path[:1]), answer.path[1]
            raise ConcurrencyDeadlock(
                f'{awaited} needs the limit "{limit}", which what waits for it holds; wait for it outside that limit'
            )
        case _:
            raise Fenced


def named(app: Pynenc, invocation_ids: Sequence[str]) -> list[str]:
    """Invocations as an error names them: by task and id."""
    records = persist(lambda: app.state_backend.records(invocation_ids))
    return [
        f"{record.task_id} ({invocation_id})" if record is not None else invocation_id
        for invocation_id, record in zip(invocation_ids, records, strict=True)
    ]


def outcomes(seat: Seat, invocation_ids: Sequence[str]) -> dict[str, Outcome]:
    """The outcomes of invocations that have ended, by id."""
    records = persist(lambda: seat.app.state_backend.records(invocation_ids))
    found: dict[str, Outcome] = {}
    for invocation_id, record in zip(invocation_ids, records, strict=True):
        if record is None:
            raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
        found[invocation_id] = Outcome(invocation_id, record.status, record.payload)
    return found


def listen(seat: Seat, inbox: str, queues: Sequence[str], seconds: float) -> News:
    """What comes first. When the store is away, a hint may have been lost with it, so the caller is to look."""
    try:
        return seat.app.broker.listen(inbox, queues, seconds)
    except BackendUnavailable:
        time.sleep(AWAY_SECONDS * (0.1 + fraction()))  # spreads reconnects
        return News(work=bool(queues))
