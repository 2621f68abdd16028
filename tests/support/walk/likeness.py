"""Whether memory holds what the keys in Redis hold: the walk looks at every step, though few steps ask for it all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynenc._memory.ranking import Ranking
from pynenc._memory.records import Entry
from pynenc._memory.state import SPAN_US, SPANS, State
from pynenc.broker.base import News
from pynenc.core.records import History
from pynenc.core.status import FINAL, Status
from support.walk.picture import Picture


def differences(state: State, now: Picture) -> dict[str, tuple[Any, Any]]:
    """What differs, by name, as memory and Redis have it."""
    pairs = {**_places(state, now), **_workers(state, now), **_news(state, now), **_waits(state, now)}
    for name, entry in state.entries.items():
        if name in now.records:
            pairs[name] = _entry(entry), _record(now.records[name])
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _scores(ranking: Ranking) -> dict[str, int]:
    return {name: ranking.score(name) for name in ranking}


def _table(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, int]]:
    return {name: _scores(ranking) for name, ranking in rankings.items() if ranking}


def _places(state: State, now: Picture) -> dict[str, tuple[Any, Any]]:
    final = {name for name in now.records if now.status(name) in FINAL}
    failed = {name for name in final if now.status(name) == Status.FAILED}
    return {
        "records": (set(state.entries), set(now.records)),
        "queues": (_table(state.queues), now.queues),
        "due": (_scores(state.due), now.due),
        "parked": (_table(state.parked), now.parked),
        "crowded": (_scores(state.crowded), now.crowded),
        "slots": (state.slots, {key: set(members) for key, members in now.slots.items()}),
        "numbers": (state.numbers, now.numbers),
        "registered": (state.registered, now.registered),
        "start by": (_scores(state.start_by), now.start_by),
        "ended": (set(state.ended), _listed(now.ended, state.now) & final),
        "dead": (set(state.dead), _listed(now.dead, state.now) & failed),
        "lives": (
            {name: state.lives.get(name) for name in state.ended},
            {name: now.ended[name] for name in _listed(now.ended, state.now) & final},
        ),
        "failures": ({str(span): dict(failed) for span, failed in state.failures.items()}, _recent(now, state.now)),
        "counts": ({f"{task}|{status}": n for (task, status), n in state.counts.items() if n}, now.counts),
    }


def _recent(now: Picture, now_us: int) -> dict[str, dict[str, int]]:
    """The failures of the last hour; Redis keeps a span for up to five minutes more."""
    return {span: failed for span, failed in now.failures.items() if int(span) > now_us // SPAN_US - SPANS}


def _listed(listing: Mapping[str, int], now_us: int) -> set[str]:
    """What is in a listing and lives; Redis lists what is gone until the next sweep, also if its id is in use again."""
    return {name for name, until_us in listing.items() if until_us > now_us}


def _workers(state: State, now: Picture) -> dict[str, tuple[Any, Any]]:
    workers = state.workers
    drained = _after({name: int(known["dr"]) for name, known in now.workers.items()}, state.now)
    return {
        "leases": ({name: known.lease_until_us for name, known in workers.items()}, now.leases),
        "held": (_table({name: known.held for name, known in workers.items()}), now.held),
        "drained": (_after({name: known.drained_until_us for name, known in workers.items()}, state.now), drained),
        "suspended": (state.suspended, now.suspended),
        "draining": (_after(state.draining, state.now), _after(now.draining, state.now)),
        "pods": ({name: known.pod_uid for name, known in workers.items()}, now.pods),
        "asked": ({name: known.asked for name, known in workers.items() if known.asked}, now.asked),
    }


def _after(times: Mapping[str, int], now_us: int) -> dict[str, int]:
    return {name: until_us for name, until_us in times.items() if until_us > now_us}


def _news(state: State, now: Picture) -> dict[str, tuple[Any, Any]]:
    inboxes = {name: [_line(news) for news in inbox] for name, inbox in state.hints.inboxes.items()}
    return {"inboxes": (inboxes, now.inboxes), "markers": (set(state.hints.marked), set(now.marked))}


def _line(news: News) -> str:
    if news.outcome is None:
        return f"r {news.resumed}" if news.resumed else "n"
    payload = "0" if news.outcome.payload is None else "1" + news.outcome.payload.decode()
    return f"o {news.outcome.invocation_id} {news.outcome.status} {payload}"


def _waits(state: State, now: Picture) -> dict[str, tuple[Any, Any]]:
    entries = state.entries.items()
    waiters = {
        name: {f"c:{client}" for client in entry.clients} | {f"i:{parent}" for parent in entry.parents}
        for name, entry in entries
        if entry.clients or entry.parents
    }
    histories = {
        name: [f"{change.status} {change.at_us} {change.attempt} {change.worker}" for change in entry.changes]
        for name, entry in entries
        if entry.call.history is History.FULL
    }
    return {
        "waits": ({name: entry.awaited for name, entry in entries if entry.awaited}, now.waits),
        "waiters": (waiters, now.waiters),
        "histories": (histories, now.histories),
    }


def _entry(entry: Entry) -> list[str]:
    owner = [entry.status, entry.worker, str(entry.fence), str(entry.place)]
    times = [str(time) for time in (entry.registered_us, entry.started_us, entry.changed_us)]
    counts = [str(number) for number in (entry.attempt, entry.retries, entry.losses)]
    parent, fence = entry.handed
    cancelling, ttl_seconds = entry.cancelling or (b"", "")
    handed = f"{parent} {fence}" if parent else ""
    return [*owner, *times, *counts, entry.payload.decode(), handed, cancelling.decode(), str(ttl_seconds)]


def _record(record: Mapping[str, str]) -> list[str]:
    owner = [record["st"], record.get("ow", ""), record.get("f", "0"), record["sc"]]
    times = [record["reg"], record.get("sta", "0"), record["ts"]]
    counts = [record.get(name, "0") for name in ("att", "ret", "loss")]
    return [*owner, *times, *counts, *(record.get(name, "") for name in ("res", "inl", "cp", "ct"))]
