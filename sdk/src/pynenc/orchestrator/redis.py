"""`RedisOrchestrator`: the life-cycle verbs on the function library. It translates replies and decides nothing."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pynenc._redis.library import Reply, micros
from pynenc._redis.shared import library_of
from pynenc._redis.source import PROTOCOL
from pynenc.core.concurrency import key_of_name, key_of_suspended
from pynenc.core.definitions import code_of, definition_from_json, definition_to_json
from pynenc.core.records import (
    Answer,
    Claim,
    Claimed,
    Counts,
    Declaration,
    DeclaredKind,
    Drained,
    Enqueued,
    Heartbeat,
    NewInvocation,
    Outcome,
    Recovered,
    Settlement,
    Standing,
    TaskDefinition,
    WaitAnswer,
    WorkerInfo,
)
from pynenc.core.status import Status
from pynenc.errors import InvocationNotFound
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest, LossPolicy

if TYPE_CHECKING:
    from pynenc.app import Pynenc

BATCH = 500
"""Invocations that are forgotten in one step."""
PROMOTED = 50
"""How many `lua/set_limit.lua` promotes in one step."""


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

    def standing(self) -> Standing:
        """See `BaseOrchestrator.standing`."""
        return Standing(*self._library.standing())

    def join(self, worker: WorkerInfo, lease_seconds: float) -> Answer:
        """See `BaseOrchestrator.join`."""
        where = {"host": worker.host, "pool": worker.pool, "queues": worker.queues, "pod_uid": worker.pod_uid}
        info, lease = json.dumps(where), micros(lease_seconds)
        return Answer(
            self._library.word("join", worker.worker, lease, info, worker.pod_uid, worker.pool, code_of(worker))
        )

    def beat(self, workers: Sequence[str], lease_seconds: float) -> list[Heartbeat]:
        """See `BaseOrchestrator.beat`."""
        rows: list[list[bytes]] = self._library.call("beat", micros(lease_seconds), *workers)
        return [Heartbeat(Answer(row[0].decode()), tuple(name.decode() for name in row[1:])) for row in rows]

    def drain(self, pods: Sequence[str], seconds: float, epoch: int = 0) -> Drained:
        """See `BaseOrchestrator.drain`."""
        answer, *held = self._library.words("drain", epoch, micros(seconds), *pods)
        return Drained(Answer(answer), tuple(map(int, held)))

    def recover(self, worker: str, policy: LossPolicy, blamed: Sequence[str] | None = None) -> list[Recovered]:
        """See `BaseOrchestrator.recover`."""
        recovered = _recovered(self._library.recover(worker, policy, blamed))
        while len(recovered) % 500 == 0 and recovered and (more := self._library.recover(worker, policy, blamed)):
            recovered += _recovered(more)
        return recovered

    def sweep(self, policy: LossPolicy, limit: int = 50) -> list[Recovered]:
        """See `BaseOrchestrator.sweep`."""
        return _recovered(self._library.sweep(policy, limit))

    def enqueue(self, invocations: Sequence[NewInvocation]) -> list[Enqueued]:
        """See `BaseOrchestrator.enqueue`."""
        return _enqueued(self._library.enqueue(invocations)) if invocations else []

    def enqueue_each(self, batches: Iterable[Sequence[NewInvocation]]) -> Iterator[list[Enqueued]]:
        """See `BaseOrchestrator.enqueue_each`; the server works on a batch while the next one is made."""
        if type(self).enqueue is not RedisOrchestrator.enqueue:  # a subclass does more than the store
            return super().enqueue_each(batches)
        return map(_enqueued, self._library.enqueue_each(batches))

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

    def release(self, worker: str, invocation_id: str, fence: str, *, unstarted: bool = False) -> Answer:
        """See `BaseOrchestrator.release`."""
        return Answer(self._library.word("release", worker, invocation_id, fence, int(unstarted)))

    def wait(
        self, worker: str, invocation_id: str, fence: str, awaited: Sequence[str], inline: Sequence[str] = ()
    ) -> WaitAnswer:
        """See `BaseOrchestrator.wait`."""
        reply = self._library.call("wait", worker, invocation_id, fence, len(inline), *inline, *awaited)
        answer = Answer(reply[0].decode())
        if answer is Answer.INLINE:
            return WaitAnswer(answer, item=_claimed(reply[1]))
        return WaitAnswer(answer, tuple(name.decode() for name in reply[1:]))

    def finish_and_resume(
        self, worker: str, settlement: Settlement, invocation_id: str, fence: str
    ) -> tuple[Answer, Answer]:
        """See `BaseOrchestrator.finish_and_resume`; one round trip."""
        finished, resumed = self._library.finish_resume(worker, settlement, invocation_id, fence)
        return Answer(finished), Answer(resumed)

    def resume(self, worker: str, invocation_id: str, fence: str, *, force: bool = False) -> Answer:
        """See `BaseOrchestrator.resume`."""
        return Answer(self._library.word("resume", worker, invocation_id, fence, "1" if force else "0"))

    def cancel(self, invocation_id: str, payload: bytes, ttl_seconds: int) -> Answer:
        """See `BaseOrchestrator.cancel`."""
        return Answer(self._library.word("cancel", invocation_id, payload, ttl_seconds))

    def requeue(self, invocation_id: str, new_id: str) -> Answer:
        """See `BaseOrchestrator.requeue`."""
        return Answer(self._library.word("requeue", invocation_id, new_id))

    def forget(self, invocation_ids: Sequence[str]) -> int:
        """See `BaseOrchestrator.forget`."""
        return int(self._library.call("forget", *invocation_ids))

    def purge(self) -> Iterator[int]:
        """See `BaseOrchestrator.purge`."""
        forgotten = 0
        for ids in map(sorted, self._library.invocation_ids(BATCH)):  # older first: parents before their children
            for first in range(0, len(ids), BATCH):
                forgotten += self.forget(ids[first : first + BATCH])
            yield forgotten

    def set_limit(self, name: str, number: int | None, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.set_limit`."""
        text = "" if number is None else str(number)
        word, promoted = "MORE", 0
        while word == "MORE":
            word = self._library.word("set_limit", epoch, name, text, key_of_name(name), promoted)
            promoted += PROMOTED
        return Answer(word)

    def limits(self) -> dict[str, int]:
        """See `BaseOrchestrator.limits`."""
        return {name: int(number) for name, number in self._library.hash(self._library.keys.limits).items()}

    def watch(self, client: str, invocation_ids: Sequence[str]) -> list[Outcome | None]:
        """See `BaseOrchestrator.watch`."""
        reply: list[bytes] = self._library.call("watch", client, *invocation_ids)
        if reply and reply[0] == b"GONE":
            raise InvocationNotFound(f"invocation {reply[1].decode()} is unknown, or its result has expired")
        statuses, payloads = reply[::2], reply[1::2]
        return [
            Outcome(invocation_id, Status(status.decode()), payload) if status else None
            for invocation_id, status, payload in zip(invocation_ids, statuses, payloads, strict=True)
        ]

    def publish(self, definition: TaskDefinition, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.publish`."""
        text = definition_to_json(definition)
        return self._publish(epoch, definition.task_id, text, suspended=bool(definition.suspended))

    def withdraw(self, task_id: str, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.withdraw`."""
        return self._publish(epoch, task_id, "", suspended=False)

    def _publish(self, epoch: int, task_id: str, text: str, *, suspended: bool) -> Answer:
        word = "MORE"
        while word == "MORE":
            word = self._library.word("publish", epoch, task_id, text, int(suspended), key_of_suspended(task_id))
        return Answer(word)

    def definitions(self) -> dict[str, TaskDefinition]:
        """See `BaseOrchestrator.definitions`."""
        return {task: definition_from_json(text) for task, text in self._library.hash(self._library.keys.tasks).items()}

    def declare(self, declaration: Declaration, epoch: int = 0) -> Answer:
        """See `BaseOrchestrator.declare`."""
        kind, name, text = declaration.kind.value, declaration.name, declaration.text
        return Answer(self._library.word("declare", epoch, kind, name, text))

    def declared(self, kind: DeclaredKind) -> dict[str, str]:
        """See `BaseOrchestrator.declared`."""
        return dict(self._library.hash(self._library.keys.declared(kind.value)))

    def counts(self) -> Counts:
        """See `BaseOrchestrator.counts`."""
        counters, delayed, dead, spans, oldest = self._library.call("counts")
        by_task: dict[str, dict[Status, int]] = defaultdict(dict)
        for name, number in _numbers(counters).items():
            task, _, status = name.rpartition("|")
            if number:
                by_task[task][Status(status)] = number
        failed = sum((Counter(_numbers(span)) for span in spans), Counter())
        return Counts(dict(by_task), delayed, dead, dict(failed), _numbers(oldest))

    def workers(self) -> list[WorkerInfo]:
        """See `BaseOrchestrator.workers`."""
        reply: Reply = self._library.call("workers")
        found = [_worker_info(*reply[index : index + 4]) for index in range(0, len(reply), 4)]
        return sorted(found, key=lambda info: info.worker)


def _worker_info(worker: bytes, until: bytes, held: int, info: bytes) -> WorkerInfo:
    where: dict[str, Any] = json.loads(info) if info else {}
    return WorkerInfo(
        worker=worker.decode(),
        host=str(where.get("host", "")),
        pool=str(where.get("pool", "")),
        lease_until_us=int(until),
        held=held,
        queues=tuple(where.get("queues", ())),
        pod_uid=str(where.get("pod_uid", "")),
    )


def _numbers(flat: Sequence[bytes]) -> dict[str, int]:
    return {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}


def _recovered(words: Sequence[str]) -> list[Recovered]:
    return [Recovered(words[index], Status(words[index + 1])) for index in range(0, len(words), 2)]


def _enqueued(words: Sequence[str]) -> list[Enqueued]:
    return [Enqueued(Answer(words[index]), words[index + 1]) for index in range(0, len(words), 2)]


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
        remaining_us=int(item[9]),
    )
