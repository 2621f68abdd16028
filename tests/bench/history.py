"""`python -m bench.history`: what a long history and a deep queue cost, on a server of its own.

First the store alone is measured in turns without and with many finished invocations: rates, CPU of the server and
memory must not differ. Then, with many invocations queued and parked, each function of the library is timed by the
server itself, without the network. Runners take no part: what they cost does not depend on what the store holds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

from redis import Redis

from bench.lives import OWNER, Lives
from bench.workloads import Figures, Meter
from pynenc import Pynenc
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.records import Limit, NewInvocation, Settlement, WorkerInfo
from pynenc.core.status import Status
from pynenc.orchestrator.base import BaseOrchestrator, ClaimRequest

BATCH, HANDED = 500, 100
SAMPLE, ROUNDS = 2_000, 9
FILLED = 50_000
DAY = 86_400
P99_MS = 5.0
LOGGED, LOGGED_FROM = 2_000, 20
"""Commands that the server remembers, and the microseconds from which on it does: what functions call is quicker, and
logging it would cost more than it does itself."""
CROWD = "c" * 24
"""The key of a limit under which half of all that is parked is parked; the other half is spread over many keys."""
KEYS, SPREAD = 1_000, "shop.items"


class Store:
    """An app on a server of its own, with one worker."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(url)
        self.app = Pynenc(app_id="bench/history", config_values={"redis_url": url})
        self._numbers = iter(range(10**9))
        self.verbs.open()
        self.verbs.join(WorkerInfo(OWNER), DAY)

    @property
    def verbs(self) -> BaseOrchestrator:
        """The steps of the store."""
        return self.app.orchestrator

    def calls(self, number: int, queue: str = "short", **values: object) -> Iterator[list[NewInvocation]]:
        """Calls of about the usual size, in batches."""
        for first in range(0, number, BATCH):
            yield [self._call(queue, **values) for _ in range(min(BATCH, number - first))]

    def _call(self, queue: str, **values: object) -> NewInvocation:
        name = f"0192f0c1-5a5e-7000-8000-{next(self._numbers):012x}"
        return NewInvocation(name, "shop.orders.confirm", b'{"order": 12345678}', queue, **values)  # type: ignore[arg-type]  # a builder

    def request(self, queue: str = "short", limit: int = 1) -> ClaimRequest:
        """A claim under an id of its own."""
        return ClaimRequest(f"r{next(self._numbers)}", (queue,), limit, limit)

    def fill(self, number: int, queue: str = "short", **values: object) -> None:
        """Queue invocations."""
        for batch in self.calls(number, queue, **values):
            self.verbs.enqueue(batch)

    def drain(self, limit: int = HANDED) -> None:
        """Run all that is queued, `limit` at a time."""
        items = self.verbs.claim(OWNER, self.request(limit=limit)).items
        while items:
            ends = [Settlement(item.invocation_id, item.fence, Status.SUCCESS, b'"done"', DAY) for item in items]
            items = self.verbs.finish_and_claim(OWNER, ends, self.request(limit=limit))[1].items

    def park(self, number: int) -> None:
        """Park invocations, half of them under one key."""
        self.fill(number // 2 + 1, "limited", limits=(Limit("shop.orders", CROWD),))
        for index in range(KEYS):
            self.fill(number // 2 // KEYS + 1, "limited", limits=(Limit(SPREAD, f"{index:024x}"),))
        while self.app.broker.sizes(["limited"])["limited"]:
            self.verbs.claim(OWNER, self.request("limited", HANDED))

    def memory(self) -> int:
        """Bytes that the server uses."""
        return int(self.client.info("memory")["used_memory"])


def sample(store: Store) -> Figures:
    """Rates, one invocation a call, with CPU of the server, and memory that a queued and a finished one take."""
    batches, meter, memory, start = list(store.calls(SAMPLE)), Meter(store.client), store.memory(), time.perf_counter()
    for new in (new for batch in batches for new in batch):
        store.verbs.enqueue([new])
    figures = {"enqueue/s": SAMPLE / (time.perf_counter() - start)}
    figures["enqueue, server CPU us"] = meter.per(SAMPLE)["server CPU, us"]
    figures["bytes, queued"] = (store.memory() - memory) / SAMPLE
    meter, start = Meter(store.client), time.perf_counter()
    store.drain(limit=1)
    figures["drain/s"] = SAMPLE / (time.perf_counter() - start)
    figures["drain, server CPU us"] = meter.per(SAMPLE)["server CPU, us"]
    figures["bytes, finished"] = (store.memory() - memory) / SAMPLE
    return figures


def compare(empty: Store, full: Store, finished: int) -> None:
    """The same figures in turns on a new server and on one with a long history."""
    memory, start = full.memory(), time.perf_counter()
    for left in range(finished, 0, -FILLED):
        show(f"{left:,} to finish")
        full.fill(min(left, FILLED))
        full.drain()
    show("")
    each = (full.memory() - memory) / finished
    print(
        f"{finished:,} finished invocations take {each:.0f} bytes each, filled in {time.perf_counter() - start:.0f} s\n"
    )
    sample(empty)
    sample(full)
    rounds = [(sample(empty), sample(full)) for _ in range(ROUNDS)]
    print(f"{'':24}{'empty':>12}{'full':>12}{'full/empty':>24}")
    for name in rounds[0][0]:
        pairs = [(without[name], with_[name]) for without, with_ in rounds]
        ratios = [b / a for a, b in pairs]
        middle = [statistics.median(values) for values in (*zip(*pairs, strict=True), ratios)]
        spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{name:24}{middle[0]:12,.0f}{middle[1]:12,.0f}{middle[2]:12.2f}{spread:>12}")


def latencies(store: Store, lives: int) -> dict[str, list[int]]:
    """Microseconds inside the server of every call, by function."""
    found: dict[str, list[int]] = defaultdict(list)
    work = Lives(store.app, "deep", Limit("shop.orders", CROWD))
    store.client.config_set("slowlog-max-len", LOGGED)  # and never a SLOWLOG RESET, for which the next function pays
    store.client.config_set("slowlog-log-slower-than", LOGGED_FROM)
    before = store.client.slowlog_get(1)  # what filled the store, if it took long, is none of this
    seen = before[0]["id"] if before else -1
    for number in range(lives):
        work.live(number)
        fresh = [entry for entry in store.client.slowlog_get(LOGGED) if entry["id"] > seen]
        seen = max((entry["id"] for entry in fresh), default=seen)
        for entry in fresh:
            words = entry["command"].split()
            if words[0] == b"FCALL":
                found[words[1].decode().removeprefix("pn1_")].append(entry["duration"])
    store.client.config_set("slowlog-log-slower-than", -1)
    return found


def profile(store: Store, queued: int, parked: int, lives: int) -> bool:
    """Print what each function takes in a full store; return whether all are quick enough."""
    start = time.perf_counter()
    store.fill(queued, "deep")
    show("parking")
    store.park(parked)
    show("")
    counts = store.verbs.counts()
    waiting, controlled = counts.total(Status.REGISTERED), counts.total(Status.CONCURRENCY_CONTROLLED)
    print(f"\n{waiting:,} queued and {controlled:,} parked, filled in {time.perf_counter() - start:.0f} s\n")
    print(f"{'microseconds':16}{'calls':>8}{'median':>8}{'p99':>8}{'most':>8}")
    slow = False
    for name, values in sorted(latencies(store, lives).items()):
        p99 = statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]
        slow = slow or p99 > P99_MS * 1000
        print(f"{name:16}{len(values):8}{statistics.median(values):8.0f}{p99:8.0f}{max(values):8}")
    start = time.perf_counter()
    store.verbs.set_limit(SPREAD, 2)
    print(f"\nset_limit of what is parked under {KEYS:,} keys took {(time.perf_counter() - start) * 1000:.0f} ms")
    print(f"p99 of every function is {'not ' if slow else ''}under {P99_MS:g} ms")
    return not slow


def show(text: str) -> None:
    """Progress, on a terminal."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{text}", end="", flush=True)


def main() -> None:
    """Measure and print; fail if a function is too slow."""
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--finished", type=int, default=1_000_000, help="invocations that have ended (default 10^6)")
    parser.add_argument("--queued", type=int, default=1_000_000, help="invocations that wait in a queue (default 10^6)")
    parser.add_argument("--parked", type=int, default=100_000, help="invocations over a limit (default 10^5)")
    parser.add_argument("--lives", type=int, default=500, help="rounds in which each function is called (default 500)")
    parser.add_argument("--server", default="", help="another server program than the embedded one")
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # processors that wake up for each call differ too much
    with EmbeddedServer(program=given.server) as server, EmbeddedServer(program=given.server) as other:
        compare(Store(server.url), Store(other.url), given.finished)
    with EmbeddedServer(program=given.server) as server:
        quick = profile(Store(server.url), given.queued, given.parked, given.lives)
    sys.exit(0 if quick else 1)


if __name__ == "__main__":
    main()
