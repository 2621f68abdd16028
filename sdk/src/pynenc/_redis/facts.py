"""What a server tells about itself, for people who look for a fault. Reads only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import ResponseError

from pynenc._redis.client import Translated, address, connect
from pynenc._redis.keys import Keys
from pynenc._redis.source import PROTOCOL

if TYPE_CHECKING:
    from pynenc.app import Pynenc

PINGS = 5


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`policy` is what it does when memory is full, empty if it does not tell; `protocol` is empty for a new store.

    `maxmemory` 0 is no limit. `clock_offset_seconds` is how far its clock is ahead of this one.
    """

    name: str
    version: str
    policy: str
    protocol: str
    used_memory: int
    maxmemory: int
    is_kept: bool
    latency_seconds: float
    clock_offset_seconds: float
    our_protocol: str = PROTOCOL


def where(app: Pynenc) -> str:
    """The address of the app's server, without user and password."""
    return address(app.conf.redis_connection_url())


def server_facts(app: Pynenc) -> ServerFacts:
    """Ask the app's server.

    Raises:
        BackendError: it does not answer, or refuses.
    """
    url, seconds = app.conf.redis_connection_url(), app.conf.socket_timeout_seconds
    client = connect(url, seconds)
    try:
        with Translated(url, seconds):
            client.ping()  # connects
            info = client.info()
            latency, offset = _times(client)
            protocol = cast("bytes | None", client.hget(f"{Keys.of_app(app.app_id).prefix}:meta", "protocol"))
            policy = _policy(client)
            is_kept = bool(info.get("aof_enabled")) or _saves(client)
    finally:
        client.close()
    is_valkey = "valkey_version" in info
    return ServerFacts(
        name="valkey" if is_valkey else "redis",
        version=str(info["valkey_version"] if is_valkey else info.get("redis_version", "0")),
        policy=policy,
        protocol=protocol.decode() if protocol else "",
        used_memory=int(info.get("used_memory", 0)),
        maxmemory=int(info.get("maxmemory", 0)),
        is_kept=is_kept,
        latency_seconds=latency,
        clock_offset_seconds=offset,
    )


def _times(client: Any) -> tuple[float, float]:
    """The median time of a round trip, and the clock offset measured by the quickest one."""
    taken: list[tuple[float, float]] = []
    for _ in range(PINGS):
        before, start = time.time(), time.monotonic()
        seconds, microseconds = client.time()
        took = time.monotonic() - start
        taken.append((took, seconds + microseconds / 1_000_000 - (before + took / 2)))
    return median(took for took, _ in taken), min(taken)[1]


def _policy(client: Any) -> str:
    return _setting(client, "maxmemory-policy")


def _saves(client: Any) -> bool:
    return bool(_setting(client, "save"))


def _setting(client: Any, name: str) -> str:
    try:
        return str(client.config_get(name).get(name, ""))
    except ResponseError:  # managed servers hide CONFIG
        return ""
