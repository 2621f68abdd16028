-- Shared by every function of the library; loaded first. It registers nothing itself.
-- KEYS[1] of every function is H, "pn:{<app id>#<shard>}". All keys of an app start with "H:", so they share one
-- Cluster slot and one ACL pattern; the key table is in `pynenc._redis.keys`. User payloads are opaque bytes here.
-- Every function makes its checks first and its writes last: an error in Lua keeps the writes made so far.
local OWNED = {PENDING = true, RUNNING = true, PAUSED = true}
local LEVEL = 35184372088832 -- 2^45 places in a queue for one priority
local BOOST = 256 * LEVEL -- puts what somebody waits for before everything else; exact in a double
local WATCHED_PAYLOAD = 4096 -- bytes; a larger result does not travel with the news, the waiter reads it
local HINT_TTL = 3600 -- seconds; hints are disposable, so they never stay

local function num(x) return string.format('%.0f', x) end

local function now_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

local function count(H, task, before, after)
  if before then redis.call('HINCRBY', H .. ':cnt', task .. '|' .. before, -1) end
  if after then redis.call('HINCRBY', H .. ':cnt', task .. '|' .. after, 1) end
end

-- One marker is enough: whoever takes it and leaves work behind puts a new one (see claim).
local function wake(H, queue)
  local key = H .. ':wake:' .. queue
  if redis.call('EXISTS', key) == 0 then
    redis.call('RPUSH', key, '1')
    redis.call('EXPIRE', key, HINT_TTL)
  end
end

local function push_ready(H, id, queue, score)
  redis.call('ZADD', H .. ':q:' .. queue, score, id)
  wake(H, queue)
end

local function tell(H, inbox, message)
  redis.call('RPUSH', H .. ':inbox:' .. inbox, message)
  redis.call('EXPIRE', H .. ':inbox:' .. inbox, HINT_TTL)
end

-- The record of an invocation that (worker, fence) owns, as {st, ow, f, task, q, sc, w}; or nil and the answer.
-- A settled invocation keeps its last owner, so that a repeated step of that owner is told from a stale one.
local function owned(H, id, worker, fence)
  local v = redis.call('HMGET', H .. ':inv:' .. id, 'st', 'ow', 'f', 'task', 'q', 'sc', 'w')
  if not v[1] then return nil, 'GONE' end
  if v[2] ~= worker or v[3] ~= fence then return nil, 'FENCED' end
  if not OWNED[v[1]] then return nil, 'ALREADY' end
  return v
end

-- Members are "c:<client>", whose inbox gets the outcome, and "i:<invocation>", which may be waiting for others too.
local function notify(H, id, status, payload)
  local waiters = redis.call('SMEMBERS', H .. ':waiters:' .. id)
  table.sort(waiters)
  for i = 1, #waiters do
    local kind, name = string.sub(waiters[i], 1, 2), string.sub(waiters[i], 3)
    if kind == 'c:' then
      local body = #payload <= WATCHED_PAYLOAD and '1' .. payload or '0'
      tell(H, name, 'o ' .. id .. ' ' .. status .. ' ' .. body)
    else
      redis.call('SREM', H .. ':waits:' .. name, id)
      if redis.call('SCARD', H .. ':waits:' .. name) == 0 then
        local v = redis.call('HMGET', H .. ':inv:' .. name, 'st', 'ow')
        if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. name) end
      end
    end
  end
  redis.call('DEL', H .. ':waiters:' .. id)
end

local function stop_waiting(H, id)
  local awaited = redis.call('SMEMBERS', H .. ':waits:' .. id)
  for i = 1, #awaited do redis.call('SREM', H .. ':waiters:' .. awaited[i], 'i:' .. id) end
  redis.call('DEL', H .. ':waits:' .. id)
end

-- Ends one invocation. The caller has checked that it may.
local function settle(H, id, worker, v, status, now, payload, ttl)
  local key = H .. ':inv:' .. id
  redis.call('HSET', key, 'st', status, 'ts', num(now), 'res', payload)
  redis.call('EXPIRE', key, ttl)
  redis.call('ZREM', H .. ':held:' .. worker, id)
  count(H, v[4], v[1], status)
  if v[7] then notify(H, id, status, payload) end
end

local function requeue(H, id, worker, v, status, now, ...)
  redis.call('HSET', H .. ':inv:' .. id, 'st', status, 'ts', num(now), ...)
  redis.call('ZREM', H .. ':held:' .. worker, id)
  count(H, v[4], v[1], status)
end

local function promote_due(H, now)
  local ids = redis.call('ZRANGE', H .. ':due', '-inf', num(now), 'BYSCORE', 'LIMIT', '0', '100')
  for i = 1, #ids do
    redis.call('ZREM', H .. ':due', ids[i])
    local v = redis.call('HMGET', H .. ':inv:' .. ids[i], 'q', 'sc')
    if v[1] then push_ready(H, ids[i], v[1], v[2]) end
  end
end

local function register(name, callback, flags)
  redis.register_function{function_name = 'pn1_' .. name, callback = callback, flags = flags}
end
