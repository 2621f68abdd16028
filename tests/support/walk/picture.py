"""All keys of an app on a server, read in one call and sorted by what they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis

from pynenc.core.records import Limit

Table = dict[str, dict[str, int]]
Sets = dict[str, set[str]]


@dataclass
class Picture:
    """What `pynenc._redis.keys` lists. `expiring`: with a time to live; `unknown`: of no known kind."""

    records: dict[str, dict[str, str]] = field(default_factory=dict)
    queues: Table = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    workers: dict[str, dict[str, str]] = field(default_factory=dict)
    held: Table = field(default_factory=dict)
    inboxes: dict[str, list[str]] = field(default_factory=dict)
    marked: dict[str, list[str]] = field(default_factory=dict)
    waits: Sets = field(default_factory=dict)
    waiters: Sets = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    slots: Table = field(default_factory=dict)
    parked: Table = field(default_factory=dict)
    crowded: dict[str, int] = field(default_factory=dict)
    """Keys of limits under which something is parked."""
    registered: dict[str, str] = field(default_factory=dict)
    start_by: dict[str, int] = field(default_factory=dict)
    asked: Sets = field(default_factory=dict)
    draining: dict[str, int] = field(default_factory=dict)
    suspended: dict[str, str] = field(default_factory=dict)
    """The key of the parking place of each suspended task."""
    pods: dict[str, str] = field(default_factory=dict)
    histories: dict[str, list[str]] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    failures: Table = field(default_factory=dict)
    permanent: dict[str, Any] = field(default_factory=dict)
    expiring: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def status(self, invocation_id: str) -> str | None:
        """The status in a record, None if there is no record."""
        return self.records[invocation_id]["st"] if invocation_id in self.records else None

    def has(self, invocation_id: str, letter: str) -> bool:
        """Whether this rare thing holds of an invocation; the letters are explained in the library's prelude."""
        return letter in self.records[invocation_id].get("x", "")

    def limits_of(self, invocation_id: str) -> list[Limit]:
        """The limits of an invocation, with the numbers that hold now."""
        if not self.has(invocation_id, "l"):
            return []
        rows = [line.split(" ", 2) for line in self.records[invocation_id]["lim"].splitlines()]
        return [Limit(name, key, self.numbers.get(name, int(number))) for key, number, name in rows]

    def add(self, key: str, value: Any) -> None:
        """Sort in one key, named without the prefix of the app."""
        kind, _, name = key.partition(":")
        if kind in NAMED and name:
            where, read = NAMED[kind]
            getattr(self, where)[name] = read(value)
        elif kind in SINGLE and not name:
            where, read = SINGLE[kind]
            setattr(self, where, read(value))
        elif kind in PERMANENT and not name:
            self.permanent[kind] = PERMANENT[kind](value)
        else:
            self.unknown.add(key)


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _scores(flat: list[str]) -> dict[str, int]:
    return {name: int(float(score)) for name, score in _pairs(flat).items()}


def _counts(flat: list[str]) -> dict[str, int]:
    return {name: number for name, number in _scores(flat).items() if number}


NAMED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "inv": ("records", _pairs),
    "q": ("queues", _scores),
    "w": ("workers", _pairs),
    "held": ("held", _scores),
    "inbox": ("inboxes", list),
    "wake": ("marked", list),
    "waits": ("waits", set),
    "waiters": ("waiters", set),
    "slot": ("slots", _scores),
    "park": ("parked", _scores),
    "reg": ("registered", str),
    "asked": ("asked", set),
    "hist": ("histories", list),
    "failed": ("failures", _scores),
}
"""Kinds of key of which there is one per invocation, worker, queue or limit."""
SINGLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "due": ("due", _scores),
    "workers": ("leases", _scores),
    "cnt": ("counts", _counts),
    "lim": ("numbers", _scores),
    "parked": ("crowded", _scores),
    "exp": ("start_by", _scores),
    "fin": ("ended", _scores),
    "dead": ("dead", _scores),
    "drain": ("draining", _scores),
    "suspended": ("suspended", _pairs),
    "pods": ("pods", _pairs),
}
PERMANENT: dict[str, Callable[[Any], Any]] = {
    "meta": _pairs,
    "seq": str,
    "tasks": _pairs,
    "triggers": _pairs,
    "workflows": _pairs,
    "sources": _pairs,
    "codes": _pairs,
    "queues": set,
}


def take_picture(client: redis.Redis, prefix: str) -> Picture:
    """Read everything under `prefix`; needs the clocked library."""
    picture = Picture()
    for key, value, ttl in json.loads(client.execute_command("FCALL", "pn1_test_dump", 1, prefix)):
        picture.add(key, value)
        if ttl >= 0:
            picture.expiring.add(key)
    return picture
