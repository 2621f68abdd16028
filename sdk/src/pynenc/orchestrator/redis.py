"""`RedisOrchestrator`: the life-cycle verbs on the function library. It translates replies and decides nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pynenc._redis.library import Reply, micros
from pynenc._redis.shared import library_of
from pynenc._redis.source import PROTOCOL
from pynenc.core.definitions import definition_from_json, definition_to_json
from pynenc.core.records import (
    Answer,
    Claim,
    Claimed,
    Counts,
    Enqueued,
    Heartbeat,
    NewInvocation,
    Outcome,
    Recovered,
    Settlement,
    TaskDefinition,
    WaitAnswer,
    WorkerInfo,
)
from pynenc.core.status import Status
from pynenc.errors import InvocationNotFound
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy

if TYPE_CHECKING:
    from pynenc.app import Pynenc


class RedisOrchestrator(BaseOrchestrator):
    """All state in one Redis or Valkey server; each verb is one call of its function library."""

    def __init__(self, app: Pynenc) -> None:
        super().__init__(app)
        self._library = library_of(app)

    def ping(self) -> None:
        """See `BaseOrchestrator.ping`."""
        self._library.check_server()

    def open(self, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.open`; also brings the function library to this version."""
        self._library.install()
        return Answer(self._library.word("open", epoch, PROTOCOL))

    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """See `BaseOrchestrator.join`."""
        info = json.dumps({"host": worker.host, "pool": worker.pool})
        return Answer(self._library.word("join", worker.worker, micros(lease_seconds), info))

    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """See `BaseOrchestrator.beat`."""
        return [Heartbeat(Answer(word)) for word in self._library.words("beat", micros(lease_seconds), *workers)]

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        recovered = _recovered(self._library.recover(worker, policy))
        while len(recovered) % 500 == 0 and recovered and (more := self._library.recover(worker, policy)):
            recovered += _recovered(more)
        return recovered

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`."""
        return _recovered(self._library.sweep(policy, limit))

    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `BaseOrchestrator.enqueue`."""
        words = self._library.enqueue(invocations) if invocations else []
        return [Enqueued(Answer(word), new.invocation_id) for word, new in zip(words, invocations, strict=True)]

    def claim(self, worker: str, request: ClaimRequest) -> Claim:
        """See `BaseOrchestrator.claim`."""
        return _claim(self._library.claim(worker, request))

    def start(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """See `BaseOrchestrator.start`."""
        return Answer(self._library.word("start", worker, invocation_id, fence))

    def finish(self, worker: str, settlements: Sequence[Settlement]) -> list[Answer]:
        """See `BaseOrchestrator.finish`."""
        return [Answer(word) for word in self._library.finish(worker, settlements)]

    def finish_and_claim(
        self, worker: str, settlements: Sequence[Settlement], request: ClaimRequest
    ) -> tuple[list[Answer], Claim]:
        """See `BaseOrchestrator.finish_and_claim`."""
        answers, claimed = self._library.finish_claim(worker, settlements, request)
        return [Answer(word.decode()) for word in answers], _claim(claimed)

    def retry(self, worker: str, invocation_id: str, fence: str, delay_seconds: float) -> Answer:
        """See `BaseOrchestrator.retry`."""
        return Answer(self._library.word("retry", worker, invocation_id, fence, micros(delay_seconds)))

    def release(self, worker: str, invocation_id: str, fence: str) -> Answer:
        """See `BaseOrchestrator.release`."""
        return Answer(self._library.word("release", worker, invocation_id, fence))

    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        """See `BaseOrchestrator.wait`."""
        answer, *path = self._library.words("wait", worker, invocation_id, fence, *awaited)
        return WaitAnswer(Answer(answer), tuple(path))

    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """See `BaseOrchestrator.resume`."""
        return Answer(self._library.word("resume", worker, invocation_id, fence, "1" if force else "0"))

    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        """See `BaseOrchestrator.watch`."""
        reply = self._library.call("watch", client, *invocation_ids)
        return [
            _outcome(invocation_id, reply[2 * index].decode(), reply[2 * index + 1])
            for index, invocation_id in enumerate(invocation_ids)
        ]

    def publish(self, definition: TaskDefinition, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.publish`."""
        return Answer(self._library.word("publish", epoch, definition.task_id, definition_to_json(definition)))

    def withdraw(self, task_id: str, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.withdraw`."""
        return Answer(self._library.word("publish", epoch, task_id, ""))

    def definitions(self) -> dict[str, TaskDefinition]:
        """See `BaseOrchestrator.definitions`."""
        return {task: definition_from_json(text) for task, text in self._library.hash(self._library.keys.tasks).items()}

    def counts(self) -> Counts:
        """See `BaseOrchestrator.counts`."""
        by_task: dict[str, dict[Status, int]] = defaultdict(dict)
        for name, number in self._library.hash(self._library.keys.counts).items():
            task, _, status = name.rpartition("|")
            if int(number):
                by_task[task][Status(status)] = int(number)
        return Counts(dict(by_task))

    def workers(self) -> list[WorkerInfo]:
        """See `BaseOrchestrator.workers`."""
        reply: Reply = self._library.call("workers")
        found = [_worker_info(*reply[index : index + 4]) for index in range(0, len(reply), 4)]
        return sorted(found, key=lambda info: info.worker)


def _worker_info(worker: bytes, until: bytes, held: int, info: bytes) -> WorkerInfo:
    where: dict[str, Any] = json.loads(info) if info else {}
    return WorkerInfo(worker.decode(), str(where.get("host", "")), str(where.get("pool", "")), int(until), held)


def _recovered(words: Sequence[str]) -> list[Recovered]:
    return [Recovered(words[index], Status(words[index + 1])) for index in range(0, len(words), 2)]


def _outcome(invocation_id: str, status: str, payload: bytes) -> Outcome | None:
    if status == "GONE":
        raise InvocationNotFound(f"invocation {invocation_id} is unknown, or its result has expired")
    return Outcome(invocation_id, Status(status), payload) if status else None


def _claim(reply: Reply) -> Claim:
    answer, next_due, *items = reply
    return Claim(Answer(answer.decode()), tuple(_claimed(item) for item in items), int(next_due))


def _claimed(item: list[bytes]) -> Claimed:
    return Claimed(
        invocation_id=item[0].decode(),
        fence=item[1].decode(),
        task_id=item[2].decode(),
        arguments=item[3],
        attempt=int(item[4]),
        retries=int(item[5]),
        losses=int(item[6]),
        parent_id=item[7].decode(),
        started=item[8] == b"1",
    )
