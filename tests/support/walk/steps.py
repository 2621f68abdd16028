"""Random steps: what a pair of stores is asked, chosen so that all paths are often taken, wrong ones too."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pynenc.core.records import NewInvocation, Query, Settlement
from pynenc.core.status import FINAL, OWNED, QUEUED, Status
from pynenc.orchestrator.base import ClaimRequest, LossPolicy
from support.walk import calls
from support.walk.calls import LEAPS_US, LIMITS, QUEUES, SHARED, TASKS, rare_call, some_declaration, some_definition
from support.walk.picture import Picture

WORKERS = ("w1", "w2", "w3")
PODS = (("p1",), ("p2",), ("p1", "p2"))
CLIENTS = ("c1", "c2")
MOST = 30
"""Invocations alive at once; more make no new situations."""


@dataclass(frozen=True)
class Step:
    """One question: `part` is a component of a store or `clock`."""

    part: str
    verb: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        return re.sub(r"x{9,}", "x...", f"{self.part}.{self.verb}{self.arguments!r}")


class Steps:
    """Draws steps from a seed; `now` is what the keys look like, `now_us` the time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0
        self._known: list[str] = []
        self._owners: list[tuple[str, str, str]] = []
        self._requests: dict[str, ClaimRequest] = {}
        self._scene: Iterator[Step] = iter(())
        self.now = Picture()
        self.now_us = 0
        self._weighted = self._usual() | self._rare()
        self._by_owner = {
            self._start, self._finish, self._finish_and_claim, self._retry, self._release, self._wait, self._resume,
            self._wait_for_one, self._wait_in_vain, self._end_inline,
        }  # fmt: skip

    def _usual(self) -> dict[Callable[[], Step], float]:
        return {
            self._enqueue: 8,
            self._claim: 12,
            self._claim_again: 4,
            self._start: 4,
            self._finish: 6,
            self._finish_and_claim: 4,
            self._retry: 5,
            self._release: 4,
            self._wait: 12,
            self._resume: 5,
            self._listen: 6,
            self._watch: 4,
            self._join: 8,
            self._beat: 3,
            self._recover: 1.5,
            self._sweep: 6,
            self._pass_time: 7,
            self._read: 3,
            self._lead: 5,
        }

    def _rare(self) -> dict[Callable[[], Step], float]:
        return {
            self._claim_some: 3,
            self._wait_for_one: 8,
            self._wait_in_vain: 4,
            self._begin_chain: 1,
            self._end_inline: 6,
            self._cancel: 6,
            self._requeue: 4,
            self._forget: 3,
            self._purge: 0.1,
            self._set_limit: 4,
            self._drain: 1.2,
            self._list: 3,
        }

    def next(self) -> Step:
        """One more step."""
        if (step := next(self._scene, None)) is not None:
            return step
        for worker, held in self.now.held.items():
            self._owners += [(worker, name, str(fence)) for name, fence in held.items()]
        self._owners = list(dict.fromkeys(self._owners))[-60:]
        (draw,) = self._random.choices(list(self._weighted), list(self._weighted.values()))
        if draw in self._by_owner and not self.now.held and self._random.random() < 0.9:
            draw = self._random.choice([self._claim, self._claim, self._join, self._enqueue])
        return draw()

    @staticmethod
    def join_as(worker: str) -> Step:
        """Make a worker known."""
        return Step("orchestrator", "join", (calls.some_worker(worker), 15.0))

    @staticmethod
    def finish_all(now: Picture, worker: str) -> Step:
        """End all that a worker holds, as it was asked to."""
        ends = [
            Settlement(name, str(fence), Status.CANCELLED if now.has(name, "c") else Status.SUCCESS, b"7", 5)
            for name, fence in now.held.get(worker, {}).items()
        ]
        return Step("orchestrator", "finish", (worker, ends))

    def replay(self) -> bool:
        """Whether to ask the last question again."""
        return self._random.random() < 0.3

    def _orchestrator(self, verb: str, *arguments: Any) -> Step:
        return Step("orchestrator", verb, arguments)

    def _enqueue(self) -> Step:
        if sum(record["st"] not in FINAL for record in self.now.records.values()) > MOST:
            return self._finish()
        fresh = [f"i{self._count + number}" for number in range(self._random.randint(1, 3))]
        self._count += len(fresh)
        again = self._random.sample(self._known, 1) if self._known and self._random.random() < 0.2 else []
        self._known += fresh
        parents = ["", *self._known[-3:]]
        calls = [rare_call(self._random, name, self.now_us, parents) for name in fresh + again]
        return self._orchestrator("enqueue", calls)

    def _request(self, worker: str, ids: tuple[str, ...] = ()) -> ClaimRequest:
        self._count += 1
        queues = tuple(self._random.sample(QUEUES, self._random.choice([1, 2, 2])))
        limit, start = self._random.choice([(0, 0), (1, 1), (1, 0), (2, 1), (3, 3), (4, 2)])
        request = ClaimRequest(f"r{self._count}", queues, limit, start, self._random.random() < 0.5, ids)
        self._requests[worker] = request
        return request

    def _claim(self) -> Step:
        worker = self._random.choice(WORKERS)
        return self._orchestrator("claim", worker, self._request(worker))

    def _claim_some(self) -> Step:
        """Claim by ids, in any order, of which most are ready."""
        worker, ready = self._random.choice(WORKERS), [name for names in self.now.queues.values() for name in names]
        ids = self._random.sample(ready, min(len(ready), self._random.randint(1, 3))) + self._some(1)
        return self._orchestrator("claim", worker, self._request(worker, tuple(ids)))

    def _claim_again(self) -> Step:
        """The last claim of a worker once more, after others have gone on."""
        worker = self._random.choice(WORKERS)
        return self._orchestrator("claim", worker, self._requests.get(worker) or self._request(worker))

    def _owner(self, *statuses: Status) -> tuple[str, str, str]:
        """Mostly the owner of an invocation in one of `statuses`, sometimes of any, sometimes one of the past."""
        owned = [
            (record["ow"], name, record["f"]) for name, record in self.now.records.items() if record["st"] in statuses
        ]
        asked = [owner for owner in owned if self.now.has(owner[1], "c")]
        if owned and self._random.random() < 0.8:
            return self._random.choice(asked if asked and self._random.random() < 0.3 else owned)
        stale = [owner for owner in self._owners if self._alive(owner)] if self._random.random() < 0.8 else self._owners
        if not stale:
            return "w1", "nobody", "1"
        worker, name, fence = self._random.choice(stale)
        return (worker if self._random.random() < 0.9 else self._random.choice(WORKERS)), name, fence

    def _alive(self, owner: tuple[str, str, str]) -> bool:
        """Whether this owner of the past has lost the invocation to itself or somebody else."""
        record = self.now.records.get(owner[1], {})
        return record.get("st") in OWNED and record.get("f") != owner[2]

    def _start(self) -> Step:
        return self._orchestrator("start", *self._owner(Status.PENDING))

    def _end(self, name: str, fence: str) -> Settlement:
        asked = name in self.now.records and self.now.has(name, "c") and self._random.random() < 0.7
        status = Status.CANCELLED if asked else self._random.choice([Status.SUCCESS, Status.SUCCESS, Status.FAILED])
        if self._random.random() < 0.08:
            status = self._random.choice([Status.CANCELLED, Status.CANCELLED, Status.EXPIRED, Status.RETRY])
        payload = self._random.choice([b"", b"7", b"x" * 4096, b"x" * 4097])
        return Settlement(name, fence, status, payload, self._random.randint(1, 30))

    def _settlements(self) -> tuple[str, list[Settlement]]:
        worker, name, fence = self._owner(Status.RUNNING)
        others = [other for other in self.now.held.get(worker, {}).items() if other[0] != name]
        more = self._random.sample(others, min(len(others), self._random.choice([0, 0, 1, 2])))
        ends = [self._end(name, fence), *(self._end(other, str(held)) for other, held in more)]
        return worker, ends

    def _finish(self) -> Step:
        return self._orchestrator("finish", *self._settlements())

    def _finish_and_claim(self) -> Step:
        worker, ends = self._settlements()
        return self._orchestrator("finish_and_claim", worker, ends, self._request(worker))

    def _retry(self) -> Step:
        delay = self._random.choice([0.0, 0.0, 0.5, 3.0, 20.0])
        return self._orchestrator("retry", *self._owner(Status.RUNNING), delay)

    def _release(self) -> Step:
        verb = self._random.choice(["release", "release_unstarted"])
        return self._orchestrator(verb, *self._owner(Status.PENDING, Status.RUNNING, Status.PAUSED))

    def _some(self, most: int) -> list[str]:
        alive = [name for name in self.now.records if self.now.records[name]["st"] != Status.SUCCESS]
        pool = alive if alive and self._random.random() < 0.85 else [*self._known, "nobody"]
        return self._random.sample(pool, min(len(pool), self._random.randint(1, most)))

    def _wait(self) -> Step:
        worker, name, fence = self._owner(Status.RUNNING, Status.RUNNING, Status.PAUSED)
        return self._orchestrator("wait", worker, name, fence, self._some(3))

    def _wait_for_one(self) -> Step:
        """Wait for one invocation that may be handed over, mostly a ready one."""
        worker, name, fence = self._owner(Status.RUNNING, Status.RUNNING, Status.PAUSED)
        ready = [other for names in self.now.queues.values() for other in names]
        pool = list(filter(self._is_held_back, ready)) if self._random.random() < 0.3 else ready
        awaited = [self._random.choice(pool)] if pool and self._random.random() < 0.9 else self._some(1)
        queues = self._random.sample(QUEUES, self._random.randint(1, len(QUEUES)))
        return self._orchestrator("wait", worker, name, fence, awaited, queues)

    def _is_held_back(self, name: str) -> bool:
        is_full = any(len(self.now.slots.get(limit.key, {})) >= limit.number for limit in self.now.limits_of(name))
        return is_full or self.now.records[name]["task"] in self.now.suspended

    def _wait_in_vain(self) -> Step:
        """Wait for what waits for a place that the caller holds."""
        held = {
            (name, parent)
            for parent, children in self.now.waits.items()
            for child in children
            for name in self.now.slots.get(self.now.records[child].get("pk", ""), {})
            if self.now.status(name) == Status.RUNNING
        }
        if not held:
            return self._wait_for_one()  # makes parents that wait, which is what is missing
        name, parent = self._random.choice(sorted(held))
        record = self.now.records[name]
        return self._orchestrator("wait", record["ow"], name, record["f"], [parent], QUEUES)

    def _begin_chain(self) -> Step:
        """Begin what chance hardly makes: one holds a place, one is parked for it, a third waits for that one."""
        self._scene = self._chain()
        return next(self._scene)

    def _chain(self) -> Iterator[Step]:
        """The holder waits for the third in the end, and must be refused unless somebody else has stepped in."""
        holder, parked, third = (f"i{self._count + number}" for number in range(3))
        self._count += 3
        own = {holder: SHARED[1:], parked: SHARED[1:], third: ()}
        yield self._orchestrator(
            "enqueue", [NewInvocation(name, TASKS[0], b"", QUEUES[0], limits=own[name]) for name in own]
        )
        self._known += own
        for name in own:
            worker = self._random.choice(WORKERS)
            self._requests[worker] = request = ClaimRequest(f"r{holder}{name}", QUEUES, 1, 1, ids=(name,))
            yield self._orchestrator("claim", worker, request)
        for waiting, awaited in ((third, parked), (holder, third)):
            if self.now.status(waiting) == Status.RUNNING:
                record = self.now.records[waiting]
                yield self._orchestrator("wait", record["ow"], waiting, record["f"], [awaited], QUEUES)

    def _end_inline(self) -> Step:
        """End what ran inline and go on with its parent, or any two that the same worker holds."""
        handed = [
            (record["ow"], self._end(name, record["f"]), parent, self.now.records[parent]["f"])
            for name, record in self.now.records.items()
            if record["st"] == Status.RUNNING and (parent := record.get("inl", "").split(" ")[0]) in self.now.records
            and "f" in self.now.records[parent]
        ]  # fmt: skip
        if handed and self._random.random() < 0.8:
            worker, end, parent, fence = self._random.choice(handed)
            fence = fence if self._random.random() < 0.8 else "1"
            return self._orchestrator("finish_and_resume", worker, end, parent, fence)
        worker, name, fence = self._owner(Status.RUNNING)
        _, parent, parents_fence = self._owner(Status.PAUSED)
        if parent == name:
            return self._finish()
        return self._orchestrator("finish_and_resume", worker, self._end(name, fence), parent, parents_fence)

    def _resume(self) -> Step:
        step = self._owner(Status.PAUSED)
        return Step("orchestrator", "force_resume" if self._random.random() < 0.2 else "resume", step)

    def _listen(self) -> Step:
        inbox = self._random.choice(WORKERS + CLIENTS)
        queues = tuple(self._random.sample(QUEUES, self._random.randint(0, 2)))
        return Step("broker", "listen", (inbox, queues, 0.0))

    def _watch(self) -> Step:
        return self._orchestrator("watch", self._random.choice(CLIENTS), self._some(3))

    def _join(self) -> Step:
        away = [worker for worker in WORKERS if worker not in self.now.leases]
        if not away and self._random.random() < 0.8:
            return self._claim()
        return self.join_as(self._random.choice(away or WORKERS))

    def _drain(self) -> Step:
        seconds = self._random.choice([0.0, 0.0, 0.000001, 2.0, 10.0])
        return self._orchestrator("drain", self._random.choice(PODS), seconds, self._random.choice([0, 1, 2]))

    def _beat(self) -> Step:
        return self._orchestrator("beat", self._random.sample(WORKERS, self._random.randint(1, 3)), 15.0)

    def _policy(self) -> LossPolicy:
        return LossPolicy(self._random.choice([0, 1, 1, 2, 3]), b"lost", self._random.randint(1, 30))

    def _recover(self) -> Step:
        busy = [record["ow"] for record in self.now.records.values() if record["st"] == Status.RUNNING]
        worker = self._random.choice([*WORKERS, *busy])
        held = list(self.now.held.get(worker, {}))
        if self._random.random() < 0.4:
            return self._orchestrator("recover", worker, self._policy())
        blamed = self._random.sample(held, min(len(held), self._random.choice([0, 0, 1, 2]))) + self._some(1)
        return self._orchestrator("recover", worker, self._policy(), blamed)

    def _cancel(self) -> Step:
        alive = [name for name, record in self.now.records.items() if record["st"] not in FINAL]
        pool = alive if alive and self._random.random() < 0.9 else [*self._known, "nobody"]
        return self._orchestrator("cancel", self._random.choice(pool), b"cancelled", self._random.randint(1, 30))

    def _requeue(self) -> Step:
        over = [name for name, record in self.now.records.items() if record["st"] in FINAL]
        over = [*self.now.dead] if self._random.random() < 0.5 else over
        pool = over if over and self._random.random() < 0.8 else [*self._known, "nobody"]
        new = f"i{self._count}"
        if self.now.records and self._random.random() < 0.1:
            new = self._random.choice(list(self.now.records))
        self._count += 1
        self._known.append(new)
        return self._orchestrator("requeue", self._random.choice(pool), new)

    def _forget(self) -> Step:
        over = [name for name, record in self.now.records.items() if record["st"] in FINAL]
        ids = self._some(2) if self._random.random() < 0.5 else self._random.sample(over, min(len(over), 5))
        self._known = [name for name in self._known if name not in ids]
        return self._orchestrator("forget", ids)

    def _purge(self) -> Step:
        self._known = []
        return self._orchestrator("purge")

    def _set_limit(self) -> Step:
        number = self._random.choice([None, None, 0, 1, 2, 3, 5])
        return self._orchestrator("set_limit", self._random.choice(LIMITS), number, self._random.choice([0, 1, 2]))

    def _list(self) -> Step:
        statuses = self._random.choice([(), FINAL, QUEUED, OWNED, (Status.FAILED,), (Status.CONCURRENCY_CONTROLLED,)])
        query = Query(
            frozenset(statuses), self._random.choice(["", *TASKS]), self._random.choice(["", *QUEUES]),
            self._random.choice([1, 5, 100]),
        )  # fmt: skip
        return self._random.choice(
            [
                Step("state_backend", "query", (query,)),
                Step("state_backend", "history", (self._some(1)[0],)),
                Step("state_backend", "dead", (self._random.choice([1, 100]),)),
                self._orchestrator("limits"),
            ]
        )

    def _sweep(self) -> Step:
        return self._orchestrator("sweep", self._policy(), self._random.choice([1, 1, 1, 2, 3, 50]))

    def _pass_time(self) -> Step:
        return Step("clock", "advance_us", (self._random.choice(LEAPS_US),))

    def _read(self) -> Step:
        return self._random.choice(
            [
                Step("state_backend", "records", (self._some(5),)),
                Step("broker", "sizes", (QUEUES,)),
                self._orchestrator("counts"),
                self._orchestrator("workers"),
                self._orchestrator("definitions"),
                self._orchestrator("declared", some_declaration(self._random).kind),
            ]
        )

    def _lead(self) -> Step:
        epoch, task = self._random.choice([0, 1, 2]), self._random.choice(TASKS)
        return self._random.choice(
            [
                self._orchestrator("open", epoch),
                self._orchestrator("publish", some_definition(self._random, task), epoch),
                self._orchestrator("withdraw", task, epoch),
                self._orchestrator("declare", some_declaration(self._random), epoch),
            ]
        )
