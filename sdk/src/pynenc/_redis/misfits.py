"""Which key of an app has a type that the library does not give it; asked only after the server has refused a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from pynenc._redis.keys import Keys

if TYPE_CHECKING:
    import redis

SINGLE = {
    "hash": ("meta", "cnt", "lim", "tasks", "suspended"),
    "zset": ("due", "workers", "parked", "exp", "fin", "dead"),
    "set": ("queues",),
    "string": ("seq",),
}
NAMED = {
    "hash": ("inv", "w"),
    "zset": ("q", "held"),
    "list": ("inbox", "wake", "hist"),
    "set": ("waits", "waiters", "asked"),
}
"""Kinds of keys that end in the name of a queue, a worker or an invocation."""
LOOKED = 100
"""Arguments of the refused step that may be such a name."""


def misfit(client: redis.Redis, keys: Keys, arguments: Sequence[object]) -> str:
    """What is wrong with a key that a step with these arguments touches, as the start of a sentence; empty if nothing.

    Raises:
        RedisError: the server does not tell.
    """
    names = dict.fromkeys(argument for argument in arguments if isinstance(argument, str) and argument)
    wanted = {f"{keys.prefix}:{kind}": right for right, kinds in SINGLE.items() for kind in kinds}
    for name in list(names)[:LOOKED]:
        wanted |= {f"{keys.prefix}:{kind}:{name}": right for right, kinds in NAMED.items() for kind in kinds}
    with client.pipeline(transaction=False) as pipe:
        for key in wanted:
            pipe.type(key)
        found = [cast("bytes", kind).decode() for kind in pipe.execute()]
    for (key, right), kind in zip(wanted.items(), found, strict=True):
        if kind not in ("none", right):
            return f"{key} is a {kind} and must be a {right}"
    return ""
