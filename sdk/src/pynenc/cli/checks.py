"""What `pynenc doctor` looks at, as judgements on facts that were gathered before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pynenc.core.records import WorkerInfo

if TYPE_CHECKING:
    from pynenc._redis.facts import ServerFacts

SLOW_SECONDS = 0.02
SKEW_SECONDS = 1.0
NEARLY_FULL = 0.9
OLDEST_SERVER = (7, 0)


class Verdict(StrEnum):
    """What was found."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, and what to do unless it is fine."""

    verdict: Verdict
    name: str
    text: str


def ok(name: str, text: str) -> Check:
    """It is fine."""
    return Check(Verdict.OK, name, text)


def warn(name: str, text: str) -> Check:
    """It works, and may not be what is wanted."""
    return Check(Verdict.WARN, name, text)


def fail(name: str, text: str) -> Check:
    """It does not work."""
    return Check(Verdict.FAIL, name, text)


def of_server(facts: ServerFacts) -> Iterator[Check]:
    """Is the server fit to keep work?"""
    milliseconds = f"{facts.latency_seconds * 1000:.1f} ms a round trip"
    is_quick = facts.latency_seconds <= SLOW_SECONDS
    yield ok("latency", milliseconds) if is_quick else warn("latency", f"{milliseconds}; move the store closer")
    yield _version(facts)
    yield _policy(facts)
    yield _protocol(facts)
    yield _memory(facts)
    if facts.is_kept:
        yield ok("persistence", "the server writes to its disk")
    else:
        yield warn("persistence", "a restart of the server loses all work; run: CONFIG SET appendonly yes")
    offset = f"the server's clock is {abs(facts.clock_offset_seconds):.1f} s "
    offset += "ahead" if facts.clock_offset_seconds > 0 else "behind"
    if abs(facts.clock_offset_seconds) > SKEW_SECONDS:
        yield warn("clock", f"{offset}; synchronise both by NTP, or run_at and ages are off by that")
    else:
        yield ok("clock", f"{offset}")


def _version(facts: ServerFacts) -> Check:
    if tuple(int(part) for part in facts.version.split(".")[:2]) < OLDEST_SERVER:
        return fail("version", f"{facts.name} {facts.version} has no functions; use Redis 7 or Valkey 7.2 or newer")
    return ok("version", f"{facts.name} {facts.version}")


def _policy(facts: ServerFacts) -> Check:
    if not facts.policy:
        return warn("eviction", "the server does not tell its maxmemory-policy; make sure that it is noeviction")
    if facts.policy != "noeviction":
        return fail("eviction", f"{facts.policy} drops work silently; run: CONFIG SET maxmemory-policy noeviction")
    return ok("eviction", "noeviction")


def _protocol(facts: ServerFacts) -> Check:
    if facts.protocol in ("", facts.our_protocol):
        return ok("protocol", facts.protocol or f"{facts.our_protocol}; the store has not been opened yet")
    return fail("protocol", f"the store speaks {facts.protocol}, this SDK {facts.our_protocol}; upgrade the older")


def _memory(facts: ServerFacts) -> Check:
    used = f"{facts.used_memory / 2**20:.0f} MiB used"
    if not facts.maxmemory:
        return ok("memory", f"{used}, no limit is set")
    of = f"{used} of {facts.maxmemory / 2**20:.0f} MiB"
    if facts.used_memory > NEARLY_FULL * facts.maxmemory:
        return warn("memory", f"{of}; finish or purge work, or raise maxmemory, before new work is refused")
    return ok("memory", of)


def of_workers(workers: Sequence[WorkerInfo], now_us: int) -> Check:
    """Is anybody there to work?"""
    alive = [worker for worker in workers if worker.lease_until_us > now_us]
    late = len(workers) - len(alive)
    if not alive:
        return warn("workers", "nobody works on this app; start a runner: pynenc --app ... runner start")
    if late:
        return warn("workers", f"{len(alive)} alive, and {late} did not renew their lease; look at their logs")
    return ok("workers", f"{len(alive)} alive on {len({worker.host for worker in alive})} hosts")


def of_queues(
    used_by: Mapping[str, Sequence[str]], ready: Mapping[str, int], workers: Sequence[WorkerInfo]
) -> Iterator[Check]:
    """Does anybody serve the queues that tasks use, and those that hold work?

    Args:
        used_by: ids of tasks by queue.
        ready: what is ready to run by queue.
        workers: those alive; of an older one it is not known what it serves, so nothing is said with one of them.
    """
    served = {name for worker in workers for name in worker.queues}
    if not workers or not all(worker.queues for worker in workers):
        return
    for name in sorted({*used_by, *(queue for queue, number in ready.items() if number)} - served):
        why = f"{ready[name]} invocations wait" if ready.get(name) else f"{', '.join(used_by[name])} would wait"
        yield warn("queues", f'nobody serves "{name}", where {why}; add it to PYNENC__RUNNER__QUEUES of a runner')
    if not {*used_by} - served:
        yield ok("queues", f"served: {', '.join(sorted(served))}")
