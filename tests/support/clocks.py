"""A clock that is moved by hand, the same for the memory store and for Redis.

For Redis the library's text is changed in two places: it reads the time from the key `test:now`, and writes down
beside each time to live when it ends on that clock, so that moving the clock also deletes what has outlived it.
"""

from __future__ import annotations

import redis

from pynenc._redis.source import library_source
from pynenc.testing.clock import Clock

__all__ = ["Clock", "clocked_source", "redis_clock"]

REAL_TIME = """local function now_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end
"""
TEST_TIME = """local function now_us() return tonumber(redis.call('GET', 'test:now')) end

local function test_expire(key, seconds)
  redis.call('EXPIRE', key, seconds + 1000000)
  redis.call('ZADD', 'test:ends', now_us() + seconds * 1000000, key)
end
"""
TEST_FUNCTIONS = """
local function test_advance(keys, argv)
  redis.call('SET', 'test:now', argv[1])
  local ended = redis.call('ZRANGE', 'test:ends', '-inf', argv[1], 'BYSCORE')
  for i = 1, #ended do
    if redis.call('TTL', ended[i]) >= 0 then redis.call('DEL', ended[i]) end -- else deleted and made anew since
    redis.call('ZREM', 'test:ends', ended[i])
  end
  return #ended
end
register('test_advance', test_advance)

local READ = {
  string = function(key) return redis.call('GET', key) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  zset = function(key) return redis.call('ZRANGE', key, '0', '-1', 'WITHSCORES') end,
  list = function(key) return redis.call('LRANGE', key, '0', '-1') end,
  set = function(key) return redis.call('SMEMBERS', key) end,
}

local function test_dump(keys)
  local out, names = {}, redis.call('KEYS', '*')
  table.sort(names) -- the order of keys differs from server to server, and a walk's seed must not
  for i = 1, #names do
    if string.sub(names[i], 1, #keys[1]) == keys[1] then
      local kind = redis.call('TYPE', names[i]).ok
      out[#out + 1] = {string.sub(names[i], #keys[1] + 2), READ[kind](names[i]), redis.call('TTL', names[i])}
    end
  end
  return cjson.encode(out)
end
register('test_dump', test_dump, {'no-writes'})
"""


def clocked_source(text: str | None = None) -> str:
    """The function library, by default as it is shipped, on the clock of the test."""
    text = library_source() if text is None else text
    if text.count(REAL_TIME) != 1 or "redis.call('EXPIRE', " not in text:
        raise ValueError("the prelude has changed: mend REAL_TIME and TEST_TIME")
    return text.replace("redis.call('EXPIRE', ", "test_expire(").replace(REAL_TIME, TEST_TIME) + TEST_FUNCTIONS


def redis_clock(client: redis.Redis) -> Clock:
    """A clock that also moves the time of the clocked library on a server, which must be loaded."""
    return Clock(lambda now_us: client.execute_command("FCALL", "pn1_test_advance", 1, "test", now_us))
