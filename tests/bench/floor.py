"""The floor: the least that a task system must do, by hand, with the same client library and the same server.

Take a message, decode it, call a function that does nothing, store the result with an expiry, acknowledge; one round
trip each, in Lua. No states, no retries, no recovery: a bound, not a competitor.
`python -m bench.floor URL` is one worker.
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
  redis.call('INCR', 'done')
  if ARGV[3] ~= '' then redis.call('RPUSH', ARGV[3], ARGV[2]) end
end
return redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
"""


def noop(x: int) -> int:
    """What every measured task does."""
    return x


def message(x: int, reply: str = "") -> bytes:
    """A call as text, about as long as one of a real system."""
    call = {"id": uuid.uuid4().hex, "task": "tasks.noop", "args": [x], "kwargs": {}, "retries": 0, "reply": reply}
    return json.dumps(call).encode()


def work(url: str) -> None:
    """Take and finish messages for ever."""
    client = Redis.from_url(url)
    take, mine = client.register_script(TAKE), f"p:{uuid.uuid4().hex}"
    raw: Any = b""
    key, result, reply = "none", b"", ""
    while True:
        raw = take(keys=["q", mine, key], args=[raw, result, reply])
        raw = raw or client.blmove("q", mine, 10, "RIGHT", "LEFT") or b""
        if raw:
            call = json.loads(raw)
            key, reply = f"r:{call['id']}", call["reply"]
            result = json.dumps({"status": "ok", "result": noop(*call["args"], **call["kwargs"])}).encode()


if __name__ == "__main__":
    work(sys.argv[1])
