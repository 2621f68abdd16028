"""What must hold of the keys in a store after every step, whatever the step was. Each check raises AssertionError.

Here is what holds of every invocation: each is in one place, ends once, takes legal steps, grows its fence, is counted
and leaves no litter. What holds of limits, deadlines and listings is in `rare`. What triggers, workflows, the operator
and the server's users promise is looked for elsewhere: no step of a walk touches them.
"""

from __future__ import annotations

from collections import Counter

from pynenc.core.status import FINAL, OWNED, QUEUED, RULES, Status, may_follow
from support.walk import rare
from support.walk.picture import Picture

PASSED_THROUGH = [status for status, rule in RULES.items() if rule.transient] + [Status.PENDING]
"""Statuses that may be entered and left within one step: a claim also starts."""
KEPT = 200
"""Changes in a full history."""


def reachable(before: str | None, after: str) -> bool:
    """Whether one step may lead from `before` to `after`; a claim that promotes may also take what it promoted."""
    start, end = Status(before) if before else None, Status(after)
    if start is end or may_follow(start, end):
        return True
    if start is Status.CONCURRENCY_CONTROLLED:
        return reachable(Status.REROUTED, after)
    return any(may_follow(start, middle) and may_follow(middle, end) for middle in PASSED_THROUGH)


class Invariants:
    """Remembers the last picture, and what has ended, to judge the next one."""

    def __init__(self) -> None:
        self.last = Picture()
        self.ended: dict[str, dict[str, str]] = {}
        self.life_ends: dict[str, int] = {}
        self.buried: Counter[str] = Counter()
        """What has ended and is gone, by task and status."""
        self.excused: set[str] = set()
        """Queues whose marker somebody took without having claimed since: that hint may be lost with its holder."""
        self.told: set[str] = set()
        """Paused invocations whose owner has taken the news that they may go on."""
        self.forgotten: set[str] = set()
        """What this step was asked to forget."""
        self.requeued: set[str] = set()
        """What this step was asked to requeue."""
        self.blamed: set[str] | None = None
        """What this step was told to blame for a loss; None means that it was told nothing."""

    def check(self, now: Picture, now_us: int, *, swept: bool = False) -> None:
        """Judge a picture of the moment `now_us`; `swept` says that the step was a sweep."""
        self._places(now)
        self._outcomes(now, now_us)
        self._edges(now)
        self._histories(now)
        self._waits(now)
        self._news(now)
        self._markers(now)
        self._fences(now)
        self._counters(now)
        self._life(now)
        rare.check_slots(self.last, now)
        rare.check_promotions(now)
        rare.check_suspended(self.last, now)
        rare.check_turns(self.last, now)
        rare.check_ends(self.last, now)
        rare.check_deadlines(self.last, now, now_us)
        rare.check_losses(self.last, now, self.blamed)
        rare.check_asked(now)
        rare.check_listings(self.last, now, now_us, self.requeued | self.forgotten)
        if swept:
            rare.check_trimmed(now, now_us)
        self.forgotten, self.requeued, self.blamed = set(), set(), None
        self.last = now

    def _places(self, now: Picture) -> None:
        """Conservation: each invocation is in exactly one place, that of its status."""
        ready = [(name, queue) for queue, members in now.queues.items() for name in members]
        places = Counter([name for name, _ in ready] + list(now.due))
        for name, queue in ready:
            record = now.records[name]
            assert record["q"] == queue, f"{name} is in queue {queue}, not in {record['q']}"
            assert int(record["sc"]) == now.queues[queue][name], f"{name} stands at another place than its record says"
        holders = {(name, worker, fence) for worker, held in now.held.items() for name, fence in held.items()}
        owners = {
            (name, record["ow"], int(record["f"])) for name, record in now.records.items() if record["st"] in OWNED
        }
        assert holders == owners, f"held and owned differ: {holders ^ owners}"
        for name, record in now.records.items():
            wanted = 1 if record["st"] in QUEUED else 0
            assert places[name] == wanted, f"{name} is {record['st']} and in {places[name]} queues"
        parked = {(name, key, place) for key, members in now.parked.items() for name, place in members.items()}
        controlled = {
            (name, record["pk"], int(record["sc"]))
            for name, record in now.records.items()
            if record["st"] == Status.CONCURRENCY_CONTROLLED
        }
        assert parked == controlled, f"parked and controlled differ: {parked ^ controlled}"

    def _outcomes(self, now: Picture, now_us: int) -> None:
        """One outcome: what has ended never changes, nothing ends again, and results are readable for their time."""
        for name in [name for name in self.ended if name not in now.records]:
            record, until = self.ended.pop(name), self.life_ends.pop(name, 0)
            assert name in self.forgotten or until <= now_us, f"{name} is gone before its time to live is over"
            self.buried[f"{record['task']}|{record['st']}"] += 1
        for name, record in now.records.items():
            if name in self.ended:
                assert record == self.ended[name], f"{name} changed after its end"
            elif record["st"] in FINAL:
                self.ended[name] = record
                assert "res" in record, f"{name} ended without a payload"
        self.life_ends.update({name: until for name, until in now.ended.items() if name in self.ended})

    def _edges(self, now: Picture) -> None:
        """Legal edges only; what has not ended stays, unless it is to be forgotten."""
        for name, record in now.records.items():
            before = self.last.status(name)
            assert reachable(before, record["st"]), f"{name} went from {before} to {record['st']}"
        gone = {name for name in self.last.records if name not in now.records and self.last.status(name) not in FINAL}
        assert gone <= self.forgotten, f"lost without an end: {gone - self.forgotten}"
        left = self.forgotten & set(now.records)
        assert not left, f"not forgotten: {left}"

    def _histories(self, now: Picture) -> None:
        """A full history only grows, each step in it is legal, and it ends where its record stands."""
        full = {name for name in now.records if now.has(name, "h")}
        assert set(now.histories) == full, f"histories and records differ: {set(now.histories) ^ full}"
        for name, lines in now.histories.items():
            before = self.last.histories.get(name, [])
            if lines == before and now.status(name) == self.last.status(name):
                continue
            statuses = [Status(line.split()[0]) for line in lines]
            first: list[Status | None] = [None] if len(lines) < KEPT else []
            for earlier, later in zip([*first, *statuses], [*statuses[1 - len(first) :]], strict=False):
                assert may_follow(earlier, later), f"the history of {name} leads from {earlier} to {later}"
            assert statuses[-1] == now.status(name), f"{name} is {now.status(name)}, its history ends {statuses[-1]}"
            kept = lines[: len(before)] if len(lines) < KEPT else before
            assert kept == before, f"the history of {name} was rewritten"
            times = [int(line.split()[1]) for line in lines]
            assert times == sorted(times), f"the history of {name} goes back in time"

    def _waits(self, now: Picture) -> None:
        """Both directions of the waiting graph agree, nobody waits for what has ended, nobody waits in a circle."""
        forth = {(parent, child) for parent, children in now.waits.items() for child in children}
        back = {(who[2:], child) for child, all_ in now.waiters.items() for who in all_ if who.startswith("i:")}
        assert forth == back, f"waits and waiters differ: {forth ^ back}"
        for parent, child in forth:
            assert now.status(parent) == Status.PAUSED, f"{parent} waits and is {now.status(parent)}"
            assert now.status(child) not in {None, *FINAL}, f"{parent} waits for {child}, {now.status(child)}"
            assert int(now.records[child]["sc"]) < 0, f"{child} is awaited and not at the front"
        open_ = {parent: set(children) for parent, children in now.waits.items()}
        while free := [name for name in open_ if not any(child in open_ for child in open_[name])]:
            for name in free:
                del open_[name]
        assert not open_, f"waiting in a circle: {open_}"

    def _news(self, now: Picture) -> None:
        """Who waits is told: an owner that its paused invocation may go on, a client of the outcome."""
        paused = {name for name, record in now.records.items() if record["st"] == Status.PAUSED}
        free = paused - set(now.waits)
        self.told &= free
        asked = {name for name in paused if now.has(name, "c") and self.last.status(name) == Status.PAUSED}
        for name in (free - self.told) | {name for name in asked if not self.last.has(name, "c")}:
            inbox = now.inboxes.get(now.records[name]["ow"], [])
            assert f"r {name}" in inbox, f"nobody was told that {name} may go on"
        for name, waiters in self.last.waiters.items():
            news = f"o {name} " if now.status(name) in FINAL else "n" if name in self.forgotten else None
            for client in [who[2:] for who in waiters if news and who.startswith("c:")]:
                sent = [line for line in now.inboxes.get(client, []) if line.startswith(str(news))]
                assert sent, f"{client} was not told the outcome of {name}"
        waiting = {name for name, waiters in now.waiters.items() if now.status(name) in {None, *FINAL}}
        assert not waiting, f"somebody still waits for {waiting}"

    def _markers(self, now: Picture) -> None:
        """No lost wake-up: a queue with work has a marker, or somebody has just taken it."""
        marked = set(now.marked)
        self.excused -= marked | {queue for queue in self.excused if not now.queues.get(queue)}
        silent = {queue for queue, members in now.queues.items() if members} - marked - self.excused
        assert not silent, f"there is work and no marker in {silent}"

    def _fences(self, now: Picture) -> None:
        """Fences grow with every change of owner."""
        for name, record in now.records.items():
            before = self.last.records.get(name, {})
            old, new = int(before.get("f", 0)), int(record.get("f", 0))
            assert new >= old, f"the fence of {name} went from {old} to {new}"
            taken = record["st"] in OWNED and before.get("st") not in OWNED
            assert new > old or not taken, f"{name} was claimed under the old fence {old}"

    def _counters(self, now: Picture) -> None:
        """Counters equal a recount; what has ended stays counted."""
        recount = self.buried + Counter(f"{record['task']}|{record['st']}" for record in now.records.values())
        assert now.counts == dict(recount), f"counted {now.counts}, there are {dict(recount)}"

    def _life(self, now: Picture) -> None:
        """Every key has an owner or a time to live, and none has one too many."""
        assert not now.unknown, f"keys of no known kind: {now.unknown}"
        over = [name for name, record in now.records.items() if record["st"] in FINAL]
        mortal = {f"inv:{name}" for name in over} | {f"hist:{name}" for name in over if name in now.histories}
        mortal |= {f"inbox:{name}" for name in now.inboxes} | {f"wake:{queue}" for queue in now.marked}
        mortal |= {f"failed:{span}" for span in now.failures} | ({"drain"} if now.draining else set())
        assert now.expiring == mortal, f"time to live wrong for {now.expiring ^ mortal}"
        assert set(now.workers) == set(now.leases), "a worker without a lease, or a lease without a worker"
        assert set(now.held) <= set(now.leases), f"held by nobody: {set(now.held) - set(now.leases)}"
