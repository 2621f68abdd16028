"""Components with one fault each, which the public suites must find."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from pynenc.broker.base import Ready
from pynenc.core.records import (
    Answer,
    Change,
    Claim,
    Enqueued,
    Heartbeat,
    InvocationRecord,
    NewInvocation,
    Outcome,
    Query,
    Recovered,
    Settlement,
    WaitAnswer,
)
from pynenc.orchestrator.base import ClaimRequest, LossPolicy
from pynenc.orchestrator.memory import MemOrchestrator
from pynenc.runner.thread import ThreadRunner
from pynenc.state_backend.memory import MemStateBackend
from support.guide_extending import CustomBroker

_numbers = count()


class ForgetsRequests(MemOrchestrator):
    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        return super().claim(worker, replace(request, request=f"{request.request}-{next(_numbers)}"))


class StartsEverything(MemOrchestrator):
    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        return super().claim(worker, replace(request, start=request.limit))


class TakesEveryEnd(MemOrchestrator):
    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
        super().finish(worker, settlements)
        return [Answer.OK for _ in settlements]


class TakesAnyFence(MemOrchestrator):
    def release(self, worker: str, invocation_id: str, fence: str, *, unstarted: bool = False) -> Answer:
        (record,) = self.app.state_backend.records([invocation_id])
        if record is None:
            return Answer.GONE
        return super().release(record.worker, invocation_id, record.fence, unstarted=unstarted)


class CountsEveryLoss(MemOrchestrator):
    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        return super().recover(worker, replace(policy, max_losses=policy.max_losses or 3), None)


class LosesBatches(MemOrchestrator):
    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        super().enqueue(invocations[:2])
        return [Enqueued(Answer.OK, new.invocation_id) for new in invocations]


class SeesNoCycles(MemOrchestrator):
    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        answer = super().wait(worker, invocation_id, fence, awaited, inline)
        return WaitAnswer(Answer.PAUSED) if answer.answer in (Answer.CYCLE, Answer.DEADLOCK) else answer


class TellsNobodyToCancel(MemOrchestrator):
    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        return [Heartbeat(one.answer) for one in super().beat(workers, lease_seconds)]


class WatchesTheUnknown(MemOrchestrator):
    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        known = [name for name in invocation_ids if self.app.state_backend.records([name]) != [None]]
        return super().watch(client, known)


class HasNoLimits(MemOrchestrator):
    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        return super().enqueue([new._replace(limits=()) for new in invocations])


class ObeysOldLeaders(MemOrchestrator):
    def open(self, epoch: int = 0) -> Answer:
        return super().open(0)


class ForgetsOneAtATime(MemOrchestrator):
    def forget(self, invocation_ids: Sequence[str]) -> int:
        return super().forget(invocation_ids[:1])


class HasNoOrder(MemStateBackend):
    def records(self, invocation_ids: Sequence[str]) -> list[InvocationRecord | None]:
        return super().records(sorted(invocation_ids))


class ListsEverything(MemStateBackend):
    def query(self, query: Query) -> list[InvocationRecord]:
        return super().query(replace(query, task_id="", queue=""))


class KeepsNoHistory(MemStateBackend):
    def history(self, invocation_id: str) -> list[Change]:
        return super().history(invocation_id)[-1:]


class BuriesNobody(MemStateBackend):
    def dead(self, limit: int = 100) -> list[InvocationRecord]:
        return super().dead(limit)[::-1]


class HandsOutTwice(CustomBroker):
    def retrieve(self, queues: Sequence[str], limit: int) -> list[str]:
        found = [one for one in self.waiting if one.queue in queues][:limit]
        return [one.invocation_id for one in found]


class HasOneQueue(CustomBroker):
    def route(self, ready: Sequence[Ready]) -> None:
        super().route([replace(one, queue="one") for one in ready])


class RunsOnce(ThreadRunner):
    ran = False

    def run(self) -> None:
        if not self.ran:
            self.ran = True
            super().run()


class LeavesWork(ThreadRunner):
    """Says that it has ended as soon as it is told to, whatever still runs."""

    def run(self) -> None:
        self.told = threading.Event()
        threading.Thread(target=super().run, daemon=True).start()
        self.told.wait()

    def stop_runner_loop(self) -> None:
        super().stop_runner_loop()
        self.told.set()


ORCHESTRATORS = (
    ForgetsRequests,
    StartsEverything,
    TakesEveryEnd,
    TakesAnyFence,
    CountsEveryLoss,
    LosesBatches,
    SeesNoCycles,
    TellsNobodyToCancel,
    WatchesTheUnknown,
    HasNoLimits,
    ObeysOldLeaders,
    ForgetsOneAtATime,
)
STATE_BACKENDS = (HasNoOrder, ListsEverything, KeepsNoHistory, BuriesNobody)
BROKERS = (HandsOutTwice, HasOneQueue)
RUNNERS = (RunsOnce, LeavesWork)
