"""A worker's cycle: claim, run, settle and claim again; and how a task that runs here waits for others.

A step whose reply was lost is repeated, since every verb is safe to repeat. A worker whose store is away keeps what
it has done and tries on; if it stays away for longer than the lease, its runner ends the worker.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeVar

from pynenc.broker.base import News
from pynenc.core.options import TaskOptions
from pynenc.core.records import Answer, Claim, Claimed, Outcome, Settlement, TaskDefinition
from pynenc.errors import (
    BackendUnavailable,
    CycleDetected,
    InvocationNotFound,
    NotInInvocation,
    ResultTimeout,
    TooManyChildren,
)
from pynenc.orchestrator.base import ClaimRequest
from pynenc.rim import new_nonce, now_us
from pynenc.runner.attempt import Fenced, Retry, run_attempt

if TYPE_CHECKING:
    from pynenc.app import Pynenc

T = TypeVar("T")
IDLE_SECONDS = 10.0
DEFINITIONS_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 2.0


class Host(Protocol):
    """What a worker needs of the runner that it belongs to."""

    def is_stopping(self) -> bool:
        """Whether the worker is to end after what it runs now."""

    def paused(self) -> None:
        """The worker's invocation waits; its slot is free."""

    def resumed(self) -> None:
        """It goes on and needs a slot again."""


class WorkerLoop:
    """Runs invocations one after another as `worker`, which has joined the store."""

    def __init__(self, app: Pynenc, worker: str, host: Host) -> None:
        self.app = app
        self.worker = worker
        self.host = host
        self._current: Claimed | None = None
        self._requests = (f"{new_nonce()}-{number}" for number in count())
        self._definitions: dict[str, TaskDefinition] = {}
        self._definitions_at = -DEFINITIONS_SECONDS

    def run(self) -> Answer:
        """Work until the host stops this worker (OK) or the store no longer knows it (LOST)."""
        claim = self._claim(woken=True)  # a worker that died may have taken a marker along
        while claim.answer is Answer.OK:
            if self.host.is_stopping():
                self._give_back(claim)
                return Answer.OK
            claim = self._work(claim.items[0]) if claim.items else self._idle(claim.next_due_us)
        return claim.answer

    def _request(self, *, woken: bool = False) -> ClaimRequest:
        return ClaimRequest(next(self._requests), self.app.conf.queues, woken=woken)

    def _claim(self, *, woken: bool = False) -> Claim:
        request = self._request(woken=woken)
        return self._persist(lambda: self.app.orchestrator.claim(self.worker, request))

    def _idle(self, next_due_us: int) -> Claim:
        wait = min(IDLE_SECONDS, max(0.0, (next_due_us - now_us()) / 1e6)) if next_due_us else IDLE_SECONDS
        news = self._persist(lambda: self.app.broker.listen(self.worker, self.app.conf.queues, max(wait, 0.001)))
        if self.host.is_stopping():
            return self._pass_on(news)
        return self._claim(woken=news.work)

    def _pass_on(self, news: News) -> Claim:
        """Leave the marker that was taken to another worker, since this one claims nothing more."""
        if not news.work:
            return Claim(Answer.OK)
        request = ClaimRequest(next(self._requests), self.app.conf.queues, limit=0, start=0, woken=True)
        return self._persist(lambda: self.app.orchestrator.claim(self.worker, request))

    def _give_back(self, claim: Claim) -> None:
        for claimed in claim.items:
            self._persist(partial(self.app.orchestrator.release, self.worker, claimed.invocation_id, claimed.fence))

    def _work(self, claimed: Claimed) -> Claim:
        self._current = claimed
        step = run_attempt(self.app, claimed, self._options(claimed.task_id), self)
        self._current = None
        if isinstance(step, Settlement):
            return self._settle(step)
        if isinstance(step, Retry):
            delay = step.delay_seconds
            self._persist(lambda: self.app.orchestrator.retry(self.worker, claimed.invocation_id, claimed.fence, delay))
        return Claim(Answer.OK) if self.host.is_stopping() else self._claim()

    def _settle(self, settlement: Settlement) -> Claim:
        if self.host.is_stopping():
            self._persist(lambda: self.app.orchestrator.finish(self.worker, [settlement]))
            return Claim(Answer.OK)
        request = self._request()
        return self._persist(lambda: self.app.orchestrator.finish_and_claim(self.worker, [settlement], request))[1]

    def _options(self, task_id: str) -> TaskOptions:
        """The options in force, those of the live definition first, which is looked up every few seconds."""
        if time.monotonic() - self._definitions_at >= DEFINITIONS_SECONDS:
            self._definitions = self._persist(self.app.orchestrator.definitions)
            self._definitions_at = time.monotonic()
        task = self.app.tasks.get(task_id)
        if task is None:
            return TaskOptions()
        return self.app.conf.task_options(task_id, task.declared, self._definitions.get(task_id))

    def _persist(self, step: Callable[[], T]) -> T:
        """Repeat `step` while the store is away; the lease, not this loop, decides when to give up."""
        pause = 0.05
        while True:
            try:
                return step()
            except BackendUnavailable:
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects, protects nothing
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def wait_for(self, invocation_ids: Sequence[str], timeout_seconds: float | None) -> dict[str, Outcome]:
        """See `pynenc.context.Waiter`."""
        claimed = self._current
        if claimed is None:
            raise NotInInvocation("only a running task can wait here")
        answer = self._persist(
            lambda: self.app.orchestrator.wait(self.worker, claimed.invocation_id, claimed.fence, invocation_ids)
        )
        if answer.answer is Answer.CYCLE:
            raise CycleDetected(f"waiting would never end: {' -> '.join(answer.path)}")
        if answer.answer is Answer.TOOBIG:
            raise TooManyChildren("more than 2,000 invocations are waited for; wait for them in batches")
        if answer.answer is Answer.PAUSED:
            self._pause(claimed, timeout_seconds)
        elif answer.answer is not Answer.READY:
            raise Fenced
        return self._outcomes(invocation_ids)

    def _pause(self, claimed: Claimed, timeout_seconds: float | None) -> None:
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        self.host.paused()
        try:
            while not self._is_resumed(claimed, force=False):
                left = IDLE_SECONDS if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    self._is_resumed(claimed, force=True)
                    raise ResultTimeout(f"not all had ended after {timeout_seconds:g}s; they go on")
                self._persist(partial(self.app.broker.listen, self.worker, (), min(left, IDLE_SECONDS)))
        finally:
            self.host.resumed()

    def _is_resumed(self, claimed: Claimed, *, force: bool) -> bool:
        answer = self._persist(
            lambda: self.app.orchestrator.resume(self.worker, claimed.invocation_id, claimed.fence, force=force)
        )
        if answer not in (Answer.OK, Answer.WAITING):
            raise Fenced
        return answer is Answer.OK

    def _outcomes(self, invocation_ids: Sequence[str]) -> dict[str, Outcome]:
        records = self._persist(lambda: self.app.state_backend.records(invocation_ids))
        found: dict[str, Outcome] = {}
        for invocation_id, record in zip(invocation_ids, records, strict=True):
            if record is None:
                raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
            found[invocation_id] = Outcome(invocation_id, record.status, record.payload)
        return found
