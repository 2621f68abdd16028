"""All keys of an app on a server, read in one call and sorted by what they are."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import redis

Table = dict[str, dict[str, int]]


@dataclass
class Picture:
    """What `pynenc._redis.keys` lists. `expiring`: with a time to live; `unknown`: of no known kind."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    queues: Table = field(default_factory=lambda: defaultdict(dict))
    due: dict[str, int] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    workers: dict[str, dict[str, str]] = field(default_factory=dict)
    held: Table = field(default_factory=lambda: defaultdict(dict))
    inboxes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    marked: set[str] = field(default_factory=set)
    waits: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    waiters: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: dict[str, int] = field(default_factory=dict)
    permanent: dict[str, Any] = field(default_factory=dict)
    expiring: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def status(self, invocation_id: str) -> str | None:
        """The status in a record, None if there is no record."""
        return self.records[invocation_id]["st"] if invocation_id in self.records else None

    def add(self, key: str, value: Any) -> None:
        """Sort in one key, named without the prefix of the app."""
        kind, _, name = key.partition(":")
        match kind:
            case "inv":
                self.records[name] = _pairs(value)
            case "q":
                self.queues[name] = _scores(value)
            case "due":
                self.due = _scores(value)
            case "workers":
                self.leases = _scores(value)
            case "w":
                self.workers[name] = _pairs(value)
            case "held":
                self.held[name] = _scores(value)
            case "cnt":
                self.counts = {field_: int(number) for field_, number in _pairs(value).items() if int(number)}
            case _:
                self._add_other(kind, name, value)

    def _add_other(self, kind: str, name: str, value: Any) -> None:
        match kind:
            case "inbox":
                self.inboxes[name] = list(value)
            case "wake":
                self.marked.add(name)
            case "waits":
                self.waits[name] = set(value)
            case "waiters":
                self.waiters[name] = set(value)
            case "queues" | "fin" | "dead":
                self.permanent[kind] = value
            case "meta" | "seq" | "tasks":
                self.permanent[kind] = value if isinstance(value, str) else _pairs(value)
            case _:
                self.unknown.add(f"{kind}:{name}")


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _scores(flat: list[str]) -> dict[str, int]:
    return {name: int(float(score)) for name, score in _pairs(flat).items()}


def take_picture(client: redis.Redis, prefix: str) -> Picture:
    """Read everything under `prefix`; needs the clocked library."""
    picture = Picture()
    for key, value, ttl in json.loads(client.execute_command("FCALL", "pn1_test_dump", 1, prefix)):
        picture.add(key, value)
        if ttl >= 0:
            picture.expiring.add(key)
    return picture
