"""`make bench`: drain of no-op tasks and round-trip latency, as a ratio to the floor on the same server and machine.

No figure of the past or of another machine appears: floor and product are measured in turns, and the median of the
rounds is printed with the ratio. A drain is timed from the first to the last finished task, so start-up does not count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from redis import Redis

from bench import floor, tasks
from pynenc._redis.embedded import EmbeddedServer
from pynenc.core.status import Status

TESTS = Path(__file__).parents[1]
LIMIT_SECONDS = 120.0


@contextmanager
def processes(*commands: list[str], **variables: str) -> Iterator[None]:
    """Programs that run meanwhile and end afterwards."""
    environment = {**os.environ, **variables}
    running = [subprocess.Popen([sys.executable, *command], cwd=TESTS, env=environment) for command in commands]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=60)


def rate(done: Callable[[], int], total: int) -> float:
    """Tasks per second between the first look that finds one done and the one that finds all done."""
    deadline, first = time.monotonic() + LIMIT_SECONDS, (0.0, 0)
    while True:
        seen, now = done(), time.monotonic()
        if not first[1]:
            first = (now, seen)
        elif seen >= total:
            return (seen - first[1]) / (now - first[0])
        if now > deadline:
            raise SystemExit(f"only {seen} of {total} tasks were done within {LIMIT_SECONDS:.0f} s")
        time.sleep(0.005)


def latencies(call: Callable[[int], object], total: int) -> list[float]:
    """Milliseconds of each of `total` calls, one after the other; the first tenth warms up and does not count."""
    found = []
    for number in range(total):
        start = time.perf_counter()
        call(number)
        found.append((time.perf_counter() - start) * 1000)
    return found[total // 10 :]


class Floor:
    """The hand-made loop."""

    def __init__(self, url: str) -> None:
        self.url, self.client = url, Redis.from_url(url)

    def workers(self, number: int) -> AbstractContextManager[None]:
        """That many worker processes."""
        return processes(*[["-m", "bench.floor", self.url]] * number)

    def enqueue(self, total: int) -> None:
        """Queue that many calls."""
        self.client.lpush("q", *map(floor.message, range(total)))

    def done(self) -> int:
        """How many calls have ended so far."""
        return int(self.client.get("done") or 0)

    def call(self, number: int) -> object:
        """One call and its result."""
        self.client.lpush("q", floor.message(number, "reply"))
        return self.client.blpop(["reply"], 10)


class Product:
    """`bench.tasks` on a runner of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        tasks.app.conf.redis_url = url

    def workers(self, number: int) -> AbstractContextManager[None]:
        """One runner with that many worker processes."""
        start = ["-m", "pynenc.cli", "--app", "bench.tasks:app", "runner", "start"]
        return processes(start, PYNENC__REDIS_URL=self.url, PYNENC__RUNNER__SLOTS=str(number))

    def enqueue(self, total: int) -> None:
        """Queue that many calls."""
        tasks.noop.parallelize([(number,) for number in range(total)])

    def done(self) -> int:
        """How many calls have ended so far."""
        return tasks.app.orchestrator.counts().total(Status.SUCCESS)

    def call(self, number: int) -> object:
        """One call and its result."""
        return tasks.noop(number).result


Contender = type[Floor] | type[Product]


def drain(contender: Contender, total: int, workers: int) -> float:
    """Tasks per second when workers find a full queue."""
    with EmbeddedServer() as server:
        system = contender(server.url)
        system.enqueue(total)
        with system.workers(workers):
            return rate(system.done, total)


def round_trip(contender: Contender, calls: int, workers: int) -> float:
    """Median milliseconds from a call to its result, with idle workers."""
    with EmbeddedServer() as server:
        system = contender(server.url)
        with system.workers(workers):
            return statistics.median(latencies(system.call, calls))


def report(name: str, unit: str, floors: list[float], ours: list[float]) -> None:
    """One line: medians of the rounds and their ratio."""
    low, mine = statistics.median(floors), statistics.median(ours)
    print(f"{name:<22}{low:>12.2f}{mine:>12.2f} {unit:<10}{mine / low:>8.2f}")


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[float]] = {}
    for number in range(1, given.rounds + 1):
        print(f"round {number} of {given.rounds} ...", file=sys.stderr)
        for contender in (Floor, Product):
            name = contender.__name__
            found.setdefault(f"drain {name}", []).append(drain(contender, given.tasks, given.workers))
            found.setdefault(f"trip {name}", []).append(round_trip(contender, given.calls, given.workers))
    print(f"{'':<22}{'floor':>12}{'pynenc':>12} {'':<10}{'ratio':>8}")
    report("drain of no-op tasks", "tasks/s", found["drain Floor"], found["drain Product"])
    report("round trip, median", "ms", found["trip Floor"], found["trip Product"])


if __name__ == "__main__":
    main()
