"""A worker's cycle: claim, run, settle and claim again, one or many at once.

A step whose reply was lost is repeated, since every verb is safe to repeat. A worker whose store is away keeps what
it has done and tries on; if it stays away for longer than the lease, its runner ends the worker.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from pynenc.broker.base import News
from pynenc.core.records import Answer, Claim, Claimed, Settlement
from pynenc.orchestrator.base import ClaimRequest
from pynenc.rim import new_nonce, now_us
from pynenc.runner.attempt import Step, run_attempt
from pynenc.runner.coroutines import Coroutines
from pynenc.runner.late import LateWord
from pynenc.runner.note import Order
from pynenc.runner.patience import persist
from pynenc.runner.seat import Seat
from pynenc.runner.waits import LISTEN_SECONDS, MainWaiter, listen

PAGES = Path("/proc/self/statm")
PAGE_KIB = 4
LOOK_SECONDS = 0.2
LONGEST_NAP_SECONDS = 0.004
OTHER_CLOCK_SECONDS = 0.1
DRAINING_SECONDS = 1.0
"""How often a worker that is handed nothing asks whether that is over; it leaves markers to others."""


class WorkerLoop:
    """Runs what the worker of `seat` claims, until it is retired."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.coroutines: Coroutines | None = None
        self.late = LateWord(lambda queue: persist(lambda: seat.app.hints.wake(queue)))
        self._waiter = MainWaiter(self)
        self._requests = (f"{new_nonce()}-{number}" for number in count())
        self._is_async: dict[str, bool] = {}
        self._attempts = 0
        self._is_worn = False
        self._in_vain = 0

    def run(self) -> Answer:
        """Work until retired (OK, DRAINING) or the store no longer knows this worker (LOST)."""
        claim = self._claim(woken=True)  # a worker that died may have taken a marker along
        while claim.answer is not Answer.LOST:
            if claim.items:
                claim = self._work(claim.items)
            elif self._order() == Order.RETIRE:
                break
            elif self._order() != Order.WORK:
                self.seat.host.park()
                time.sleep(LONGEST_NAP_SECONDS)  # what it is to replace may go on in a moment
                claim = self._claim(woken=True)
            elif claim.answer is Answer.DRAINING:
                self.listen((), DRAINING_SECONDS)
                claim = self._claim()
            else:
                claim = self._idle(claim.next_due_us)
        self._close()
        return claim.answer

    def _order(self) -> int:
        return Order.RETIRE if self._is_worn else self.seat.note.order

    def _close(self) -> None:
        while self.coroutines is not None and not self.coroutines.wait_for_end(LOOK_SECONDS):
            pass
        if self.coroutines is not None:
            self.coroutines.close()
        self.seat.batch.close()
        self.late.close()
        if self.seat.tally is not None:
            self.seat.tally.report()

    def has(self, invocation_id: str) -> bool:
        """Whether an invocation runs here, or waits here for its start. Safe from any thread."""
        on_stack = any(frame.claimed.invocation_id == invocation_id for frame in list(self.seat.stack.frames))
        in_loop = self.coroutines is not None and self.coroutines.holds(invocation_id)
        return on_stack or in_loop or self.seat.batch.holds(invocation_id)

    # -- claims

    def _request(self, *, woken: bool = False) -> ClaimRequest:
        size = self.seat.pace.size
        if self.coroutines is not None:
            size = max(1, min(size, self.coroutines.free))
        if left := self.seat.app.conf.max_tasks_per_worker:
            size = max(1, min(size, left - self._attempts))
        woken = self.late.take() or woken  # a claim passes word on, if it leaves work
        return ClaimRequest(next(self._requests), self.seat.app.conf.queues, size, size, woken)

    def _claim(self, *, woken: bool = False) -> Claim:
        if not self._has_room():
            return self._pass_on() if woken else Claim(Answer.OK)
        request = self._request(woken=woken)
        return persist(lambda: self.seat.app.orchestrator.claim(self.seat.worker, request))

    def _has_room(self) -> bool:
        """Whether to claim; what is claimed may be a coroutine, so one more must be able to start."""
        while self._order() == Order.WORK:
            if self.coroutines is None or self.coroutines.free:
                return True
            self.coroutines.wait_for_room(LOOK_SECONDS)
        return False

    def _idle(self, next_due_us: int) -> Claim:
        if self.seat.tally is not None:
            self.seat.tally.report()
        news = self.listen(self.seat.app.conf.queues, seconds_until(next_due_us))
        if self._order() != Order.WORK:
            return self._pass_on() if news.work else Claim(Answer.OK)
        if news.work and self._in_vain:
            time.sleep(min(LONGEST_NAP_SECONDS, 0.0005 * 2 ** min(self._in_vain, 9)))
        claim = self._claim(woken=news.work)
        if news.work:  # a parent mostly runs its child itself, unless an idle worker is quicker, to the loss of both
            in_vain = not claim.items or bool(claim.items[0].parent_id)
            self._in_vain = self._in_vain + 1 if in_vain else 0
        return claim

    def listen(self, queues: Sequence[str], seconds: float) -> News:
        """Wait for news in the main thread."""
        return listen(self.seat, self.seat.worker, queues, seconds)

    def _pass_on(self) -> Claim:
        """Leave the marker that was taken to another worker, since this one claims nothing now."""
        request = ClaimRequest(next(self._requests), self.seat.app.conf.queues, limit=0, start=0, woken=True)
        return persist(lambda: self.seat.app.orchestrator.claim(self.seat.worker, request))

    # -- work

    def _work(self, items: Sequence[Claimed]) -> Claim:
        seat, began = self.seat, time.monotonic()
        seat.batch.fill(items)
        ran = 0
        while self._may_start() and (claimed := seat.batch.take()) is not None:
            self._run(claimed)
            ran += 1
        if ran:
            seat.pace.note((time.monotonic() - began) / ran)
            self._wear(ran)
        return self._settle_and_claim()

    def _may_start(self) -> bool:
        """Whether to go on with the batch: not once retired, and only later while the store does not answer."""
        while (order := self._order()) == Order.STALL:
            self.seat.host.park()
        return order != Order.RETIRE

    def _run(self, claimed: Claimed) -> None:
        seat, task = self.seat, self._is_async.get(claimed.task_id)
        if task or (task is None and self._look_at(claimed.task_id)):
            self._run_async(claimed)
            return
        frame = seat.frame(claimed)
        if seat.tally is None:
            step = run_attempt(seat.app, frame, seat.stack, self._waiter)
            seat.ended(frame, step, 0.0)
        else:
            began = time.monotonic()
            step = run_attempt(seat.app, frame, seat.stack, self._waiter)
            seat.ended(frame, step, time.monotonic() - began)
        self._keep(claimed, step)

    def _keep(self, claimed: Claimed, step: Step) -> None:
        if isinstance(step, Settlement):
            self.seat.batch.end(step)
        else:
            self.seat.follow(claimed, step)

    def _look_at(self, task_id: str) -> bool:
        task = self.seat.app.tasks.get(task_id)
        self._is_async[task_id] = task is not None and inspect.iscoroutinefunction(task.func)
        return self._is_async[task_id]

    def hand_over(self, item: Claimed) -> bool:
        """Whether what a task waits for is a coroutine, which then runs beside it."""
        if not self._is_async.get(item.task_id, False) and not self._look_at(item.task_id):
            return False
        self._run_async(item)
        return True

    def _run_async(self, claimed: Claimed) -> None:
        if self.coroutines is None:
            self.coroutines = Coroutines(self.seat)
        alone = claimed.losses > 0  # so that only this one can be to blame
        if alone:
            self._let_pass()
        self.coroutines.submit(self.seat.frame(claimed))
        if alone:
            self._let_pass()

    def _let_pass(self) -> None:
        """Wait until no coroutine runs; those that wait for others do not count."""
        while self.coroutines is not None and self._order() != Order.RETIRE:
            if self.coroutines.wait_until_idle(LOOK_SECONDS):
                return

    def _settle_and_claim(self) -> Claim:
        seat = self.seat
        if self._order() != Order.WORK or (self.coroutines is not None and not self.coroutines.free):
            seat.batch.clear()
            return self._claim(woken=True)
        ended = seat.batch.take_ended()
        request = self._request()
        orchestrator = seat.app.orchestrator
        if not ended:
            return persist(lambda: orchestrator.claim(seat.worker, request))
        answers, claim = persist(lambda: orchestrator.finish_and_claim(seat.worker, ended, request))
        if any(answer is not Answer.OK for answer in answers):
            seat.check(ended, answers)
        return claim

    # -- memory guards

    def _wear(self, attempts: int) -> None:
        conf = self.seat.app.conf
        self._attempts += attempts
        tired = 0 < conf.max_tasks_per_worker <= self._attempts
        self._is_worn = tired or (conf.max_rss_per_worker > 0 and resident_mib() >= conf.max_rss_per_worker)


def seconds_until(due_us: int) -> float:
    """How long to listen if something comes due at that time of the store's clock, 0 for nothing.

    A time that is long past says that the clocks differ; then the next sweep wakes a worker.
    """
    if not due_us:
        return LISTEN_SECONDS
    left = (due_us - now_us()) / 1e6
    return 0.5 if left < -OTHER_CLOCK_SECONDS else min(LISTEN_SECONDS, max(0.001, left))


def resident_mib() -> float:
    """Memory of this process that is in RAM, in MiB; 0 where it cannot be told."""
    try:
        return int(PAGES.read_text().split()[1]) * PAGE_KIB / 1024
    except (OSError, ValueError, IndexError):
        return 0.0
