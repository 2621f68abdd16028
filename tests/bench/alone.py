"""Workloads that have no floor: dependent calls, 5 ms tasks, an idle runner and a large argument.

What is timed here is what the whole product does; the aims are absolute, in `report.AIMS`.
"""

from __future__ import annotations

import time
from pathlib import Path

from bench import tasks
from bench.contenders import ANSWER_SECONDS, Product, check
from bench.workloads import WORKERS, Figures, Meter, drain

FIB = 12
FIB_SECONDS = 300
BURN_MS = 5.0
LEAST_TASKS = 20
LARGE_CALLS, LARGE_BYTES = 200, 1_000_000
IDLE_FACTOR = 5
"""An idle runner does little, so it is watched for longer than the rest."""


def fib(_: Product, n: int) -> Figures:
    """Seconds of nested calls, each of which waits for two others inside its task; the workers are warm."""
    tasks.fib(2).get(ANSWER_SECONDS)
    start = time.perf_counter()
    check(tasks.fib(n).get(FIB_SECONDS), fibonacci(n))
    return {"fib, s": time.perf_counter() - start}


def fibonacci(n: int) -> int:
    """What the tasks must find."""
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def tasks_of(seconds: float) -> int:
    """How many 5 ms tasks fill `seconds` after the first quarter."""
    return max(LEAST_TASKS, int(seconds * WORKERS * 1000 / BURN_MS * 4 / 3))


def burn(system: Product, seconds: float) -> Figures:
    """How much of full processes is left for tasks of 5 ms of CPU time; they are queued before workers start."""
    total = tasks_of(seconds)
    group = tasks.burn.parallelize([(BURN_MS,)] * total)
    with system.workers(WORKERS):
        rate = drain(system, total)["tasks/s"]
        check(list(group.results), [BURN_MS] * total)
    return {"share of two CPUs": rate * BURN_MS / 1000 / WORKERS}


def idle(system: Product, pid: int, seconds: float) -> Figures:
    """What a runner costs that has nothing to do: CPU of it and its workers, and commands to the server.

    Those that it sends are counted apart from all, which are also those that functions of the library call.
    """
    watched = seconds * IDLE_FACTOR
    time.sleep(seconds)
    meter, sent, before = Meter(system.client), sent_by(system), cpu_seconds(pid)
    time.sleep(watched)
    used = cpu_seconds(pid) - before
    return {
        "CPU, %": 100 * used / watched,
        "commands sent/s": (sent_by(system) - sent) / watched,
        "commands/s": meter.per(1)["Redis commands"] / watched,
    }


def sent_by(system: Product) -> int:
    """How many commands a runner has sent: it calls functions and waits for news."""
    stats = system.client.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"]) for name in ("fcall", "blpop"))


def large(system: Product) -> Figures:
    """The same large argument again and again: megabytes that it takes in the server, and calls per second."""
    data = "x" * LARGE_BYTES
    before, start = system.client.info("memory")["used_memory"], time.perf_counter()
    for _ in range(LARGE_CALLS):
        tasks.size(data)
    seconds = time.perf_counter() - start
    return {
        "MB in Redis": (system.client.info("memory")["used_memory"] - before) / 1e6,
        "calls/s": LARGE_CALLS / seconds,
    }


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and its descendants have used; processes that have ended do not count."""
    return sum(_own_cpu_seconds(each) for each in family(pid))


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def _own_cpu_seconds(pid: int) -> float:
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
