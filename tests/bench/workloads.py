"""Workloads of product and floor: what is timed, and what the server did meanwhile, per invocation."""

from __future__ import annotations

import statistics
import time

from redis import Redis

from bench.contenders import Contender, check

PILOT = 300
MOST_TASKS = 200_000
LIMIT_SECONDS = 120.0
POLL_SECONDS = 0.01
WARM_CALLS = 30
BATCH = 1000
WORKERS = 2
OWN = ("info", "client|setinfo", "hello")
"""Commands that are not counted: those of measuring and connecting."""
Figures = dict[str, float]


class Meter:
    """What the server does for each invocation from now on; `polls` are the benchmark's own commands."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.polls = 0
        self.commands, self.cpu_us = self._read()

    def _read(self) -> tuple[int, float]:
        stats, cpu = self.client.info("commandstats"), self.client.info("cpu")
        ours = (values["calls"] for name, values in stats.items() if name.removeprefix("cmdstat_") not in OWN)
        return sum(ours), (cpu["used_cpu_user"] + cpu["used_cpu_sys"]) * 1e6

    def per(self, total: int) -> Figures:
        """Commands, those inside functions and scripts included, and microseconds of CPU, for each of `total`."""
        commands, cpu_us = self._read()
        return {
            "Redis commands": (commands - self.commands - self.polls) / total,
            "server CPU, us": (cpu_us - self.cpu_us) / total,
        }


def drain(system: Contender, total: int) -> Figures:
    """What workers do that found a full queue, from the first quarter's end on: start-up does not count."""
    deadline, timed, meter = time.monotonic() + LIMIT_SECONDS, 0, Meter(system.client)
    start = time.perf_counter()
    while left := system.waiting():
        meter.polls += 1
        if not timed and left <= total * 3 // 4:
            start, timed, meter = time.perf_counter(), left, Meter(system.client)
        if time.monotonic() > deadline:
            raise SystemExit(f"{left} of {total} tasks were still queued after {LIMIT_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    seconds, figures = time.perf_counter() - start, meter.per(timed or total)
    return {"tasks/s": (timed or total) / seconds, **figures}


def checked_drain(system: Contender, total: int) -> Figures:
    """`drain` of what `fill` queued, and a look at the results."""
    figures = drain(system, total)
    system.check(total)
    return figures


def tasks_for(system: Contender, seconds: float) -> int:
    """How many tasks fill `seconds` of draining after the first quarter, by a small drain."""
    system.fill(PILOT)
    with system.workers(WORKERS):
        rate = checked_drain(system, PILOT)["tasks/s"]
    return int(min(MOST_TASKS, max(PILOT, rate * seconds * 4 / 3)))


def round_trip(system: Contender, seconds: float) -> Figures:
    """Milliseconds from a call to its result, one at a time; the workers are idle and warm."""
    found: list[float] = []
    for number in range(WARM_CALLS):
        system.call(number)
    meter, end = Meter(system.client), time.perf_counter() + seconds
    while (start := time.perf_counter()) < end or len(found) < 2:
        system.call(len(found))
        found.append((time.perf_counter() - start) * 1000)
    figures = meter.per(len(found))
    percentiles = statistics.quantiles(found, n=100, method="inclusive")
    return {"p50, ms": percentiles[49], "p99, ms": percentiles[98], **figures}


def enqueue(system: Contender, seconds: float) -> Figures:
    """Calls per second of one client that waits for the store's answer to each; no workers."""
    call = system.enqueue()
    for _ in range(WARM_CALLS):
        call()
    done, meter, start = 0, Meter(system.client), time.perf_counter()
    while (now := time.perf_counter()) < start + seconds:
        call()
        done += 1
    figures = {"calls/s": done / (now - start), **meter.per(done)}
    check(system.queued(), done + WARM_CALLS)
    return figures


def enqueue_batches(system: Contender, seconds: float) -> Figures:
    """Calls per second of one client that enqueues them by the thousand; no workers."""
    done, start = 0, time.perf_counter()
    while (now := time.perf_counter()) < start + seconds:
        system.enqueue_batch(BATCH)
        done += BATCH
    check(system.queued(), done)
    return {"calls/s": done / (now - start)}
