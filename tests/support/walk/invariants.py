"""What must hold of the keys in a store after every step, whatever the step was. Each check raises AssertionError."""

from __future__ import annotations

from collections import Counter

from pynenc.core.status import FINAL, OWNED, QUEUED, RULES, Status, may_follow
from support.walk.picture import Picture

PASSED_THROUGH = [status for status, rule in RULES.items() if rule.transient] + [Status.PENDING]
"""Statuses that may be entered and left within one step: a claim also starts."""


def reachable(before: str | None, after: str) -> bool:
    """Whether one step may lead from `before` to `after`."""
    start, end = Status(before) if before else None, Status(after)
    if start is end or may_follow(start, end):
        return True
    return any(may_follow(start, middle) and may_follow(middle, end) for middle in PASSED_THROUGH)


class Invariants:
    """Remembers the last picture, and what has ended, to judge the next one."""

    def __init__(self) -> None:
        self.last = Picture()
        self.ended: dict[str, dict[str, str]] = {}
        self.buried: Counter[str] = Counter()
        """What has outlived its time to live, by task and status."""
        self.excused: set[str] = set()
        """Queues whose marker somebody took without having claimed since: that hint may be lost with its holder."""
        self.told: set[str] = set()
        """Paused invocations whose owner has taken the news that they may go on."""

    def check(self, now: Picture) -> None:
        """Judge a picture."""
        self._places(now)
        self._outcomes(now)
        self._edges(now)
        self._waits(now)
        self._news(now)
        self._markers(now)
        self._fences(now)
        self._counters(now)
        self._life(now)
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

    def _outcomes(self, now: Picture) -> None:
        """One outcome: what has ended never changes, and nothing ends again."""
        for name in [name for name in self.ended if name not in now.records]:
            record = self.ended.pop(name)
            self.buried[f"{record['task']}|{record['st']}"] += 1
        for name, record in now.records.items():
            if name in self.ended:
                assert record == self.ended[name], f"{name} changed after its end"
            elif record["st"] in FINAL:
                self.ended[name] = record

    def _edges(self, now: Picture) -> None:
        """Legal edges only; what has not ended stays."""
        for name, record in now.records.items():
            before = self.last.status(name)
            assert reachable(before, record["st"]), f"{name} went from {before} to {record['st']}"
        gone = [name for name in self.last.records if name not in now.records and self.last.status(name) not in FINAL]
        assert not gone, f"lost without an end: {gone}"

    def _waits(self, now: Picture) -> None:
        """Both directions of the waiting graph agree, nobody waits for what has ended, nobody waits in a circle."""
        forth = {(parent, child) for parent, children in now.waits.items() for child in children}
        back = {(who[2:], child) for child, all_ in now.waiters.items() for who in all_ if who.startswith("i:")}
        assert forth == back, f"waits and waiters differ: {forth ^ back}"
        for parent, child in forth:
            assert now.status(parent) == Status.PAUSED, f"{parent} waits and is {now.status(parent)}"
            assert now.status(child) not in {None, *FINAL}, f"{parent} waits for {child}, {now.status(child)}"
        open_ = {parent: set(children) for parent, children in now.waits.items()}
        while free := [name for name in open_ if not any(child in open_ for child in open_[name])]:
            for name in free:
                del open_[name]
        assert not open_, f"waiting in a circle: {open_}"

    def _news(self, now: Picture) -> None:
        """Who waits is told: an owner that its paused invocation may go on, a client of the outcome."""
        paused = {name for name, record in now.records.items() if record["st"] == Status.PAUSED}
        self.told &= paused - set(now.waits)
        for name in paused - set(now.waits) - self.told:
            inbox = now.inboxes.get(now.records[name]["ow"], [])
            assert f"r {name}" in inbox, f"nobody was told that {name} may go on"
        for name, waiters in self.last.waiters.items():
            if now.status(name) in FINAL:
                for client in [who[2:] for who in waiters if who.startswith("c:")]:
                    sent = [news for news in now.inboxes.get(client, []) if news.startswith(f"o {name} ")]
                    assert sent, f"{client} was not told the outcome of {name}"
        waiting = {name for name, waiters in now.waiters.items() if now.status(name) in {None, *FINAL}}
        assert not waiting, f"somebody still waits for {waiting}"

    def _markers(self, now: Picture) -> None:
        """No lost wake-up: a queue with work has a marker, or somebody has just taken it."""
        self.excused -= now.marked | {queue for queue in self.excused if not now.queues.get(queue)}
        silent = {queue for queue, members in now.queues.items() if members} - now.marked - self.excused
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
        mortal = {f"inv:{name}" for name, record in now.records.items() if record["st"] in FINAL}
        mortal |= {f"inbox:{name}" for name in now.inboxes} | {f"wake:{queue}" for queue in now.marked}
        assert now.expiring == mortal, f"time to live wrong for {now.expiring ^ mortal}"
        assert set(now.workers) == set(now.leases), "a worker without a lease, or a lease without a worker"
        assert set(now.held) <= set(now.leases), f"held by nobody: {set(now.held) - set(now.leases)}"
