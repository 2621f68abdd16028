"""The floor: the least that a task system must do, by hand, with the same client library on the same server.

Draining: one Lua call stores a result with an expiry, acknowledges its message and takes the next one. Answering: a
blocking pop, then the answer into the caller's list. No states, no retries, no recovery: a bound, not a competitor.
`python -m bench.floor URL` is one worker: it drains what it finds, then answers.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

from redis import Redis

TAKE = """
if ARGV[1] ~= '' then
  redis.call('SET', KEYS[3], ARGV[2], 'EX', 3600)
  redis.call('LREM', KEYS[2], 1, ARGV[1])
end
return redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
"""
SOCKET_SECONDS = 60.0
"""Above every blocking pop here."""


def connect(url: str) -> Redis:
    """A client with the protocol that the product's has."""
    return Redis.from_url(url, protocol=2, socket_timeout=SOCKET_SECONDS)


def noop(x: int) -> int:
    """What every measured task does."""
    return x


def message(x: int, reply: str = "") -> bytes:
    """A call as text, about as long as one of a real system."""
    call = {"id": uuid.uuid4().hex, "task": "tasks.noop", "args": [x], "kwargs": {}, "retries": 0, "reply": reply}
    return json.dumps(call).encode()


def run(raw: bytes) -> tuple[str, str, bytes]:
    """Decode a call and make it: the key of its result, the list that waits for it, and the result."""
    call = json.loads(raw)
    result = {"status": "ok", "result": noop(*call["args"], **call["kwargs"])}
    return f"r:{call['id']}", call["reply"], json.dumps(result).encode()


def drain(client: Redis) -> None:
    """Take and finish messages, one round trip each, until none is left."""
    take, mine = client.script_load(TAKE), f"p:{uuid.uuid4().hex}"
    raw: Any = client.evalsha(take, 3, "q", mine, "none", "", "")
    while raw:
        key, reply, result = run(raw)
        if reply:  # a caller that was quicker than this worker's start
            client.rpush(reply, result)
        raw = client.evalsha(take, 3, "q", mine, key, raw, result)


def answer(client: Redis) -> None:
    """Pop a message and push its result to whoever waits for it, for ever."""
    while True:
        popped: Any = client.blpop(["q"], 10)
        if popped:
            _, reply, result = run(popped[1])
            client.rpush(reply, result)


def work(url: str) -> None:
    """Drain the queue that is found, then answer."""
    client = connect(url)
    drain(client)
    answer(client)


if __name__ == "__main__":
    work(sys.argv[1])
