-- Shared by every function of the library; loaded first. It registers nothing itself.
-- KEYS[1] of every function is H, "pn:{<app id>#<shard>}". All keys of an app start with "H:", so they share one
-- Cluster slot and one ACL pattern; the key table is in `pynenc._redis.keys`. User payloads are opaque bytes here.
-- Every function makes its checks first and its writes last: an error in Lua keeps the writes made so far.
local OWNED = {PENDING = true, RUNNING = true, PAUSED = true}
local FINAL = {SUCCESS = true, FAILED = true, CANCELLED = true, EXPIRED = true, CONCURRENCY_CONTROLLED_FINAL = true}
local LEVEL = 35184372088832 -- 2^45 places in a queue for one priority
local BOOST = 256 * LEVEL -- puts what somebody waits for before everything else; exact in a double
local WATCHED_PAYLOAD = 4096 -- bytes; a larger result does not travel with the news, the waiter reads it
local HINT_TTL = 3600 -- seconds; hints are disposable, so they never stay
local HISTORY = 200 -- changes of status that are kept
local ALL = 1000000000 -- more members than a set can have here

-- What is read of a record by those who move it; v[1] to v[8] of every step.
local BASE = {'st', 'ow', 'f', 'task', 'q', 'sc', 'w', 'x'}

-- The same number is often written several times in a row.
local last_number, last_text
local function num(x)
  if x ~= last_number then last_number, last_text = x, string.format('%.0f', x) end
  return last_text
end

local function now_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- Counters, listings and what a worker holds change once a call, when it returns (see register), however many
-- invocations it moves. `disowned` is by key; `taken` has scores and ids for the one worker that is handed something.
local counted, ended, disowned, taken, taker = {}, {}, {}, {}, nil

local function count(task, before, after)
  if before then
    local name = task .. '|' .. before
    counted[name] = (counted[name] or 0) - 1
  end
  if after then
    local name = task .. '|' .. after
    counted[name] = (counted[name] or 0) + 1
  end
end

local function write_counts(H)
  local names = {}
  for name, change in pairs(counted) do
    if change ~= 0 then names[#names + 1] = name end
  end
  table.sort(names)
  for i = 1, #names do redis.call('HINCRBY', H .. ':cnt', names[i], counted[names[i]]) end
  if #ended > 0 then redis.call('ZADD', H .. ':fin', unpack(ended)) end
end

local function write_held()
  for key, ids in pairs(disowned) do redis.call('ZREM', key, unpack(ids)) end
  if taker then redis.call('ZADD', taker, unpack(taken)) end
  disowned, taken, taker = {}, {}, nil
end

local function leave(H, worker, id)
  local key = H .. ':held:' .. worker
  if not disowned[key] then disowned[key] = {} end
  disowned[key][#disowned[key] + 1] = id
end

local function register(name, callback, flags)
  local function step(keys, argv)
    counted, ended, disowned, taken, taker = {}, {}, {}, {}, nil
    local reply = callback(keys, argv)
    write_held()
    write_counts(keys[1])
    return reply
  end
  redis.register_function{function_name = 'pn1_' .. name, callback = step, flags = flags}
end

-- The field `x` of a record holds one letter for each rare thing about it: l limits, d drops over a limit, e must
-- start by a time, t total time, r registration key, h full history, o unlisted, n never inline, c to be cancelled.
local function has(x, letter) return x and string.find(x, letter, 1, true) ~= nil end

local function log(H, id, x, now, status)
  if not has(x, 'h') then return end
  local v = redis.call('HMGET', H .. ':inv:' .. id, 'att', 'ow')
  redis.call('RPUSH', H .. ':hist:' .. id, status .. ' ' .. num(now) .. ' ' .. (v[1] or '0') .. ' ' .. (v[2] or ''))
  redis.call('LTRIM', H .. ':hist:' .. id, -HISTORY, -1)
end

local function change(H, id, v, status, now, ...)
  redis.call('HSET', H .. ':inv:' .. id, 'st', status, 'ts', num(now), ...)
  count(v[4], v[1], status)
  log(H, id, v[8], now, status)
end

-- One marker is enough: whoever takes it and leaves work behind puts a new one (see claim).
local function wake(H, queue)
  local key = H .. ':wake:' .. queue
  if redis.call('EXISTS', key) == 0 then
    redis.call('RPUSH', key, '1')
    redis.call('EXPIRE', key, HINT_TTL)
    redis.call('SADD', H .. ':queues', queue)
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

-- The record of an invocation that (worker, fence) owns, as BASE; or nil and the answer.
-- A settled invocation keeps its last owner, so that a repeated step of that owner is told from a stale one.
local function owned(H, id, worker, fence)
  local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(BASE))
  if not v[1] then return nil, 'GONE' end
  if v[2] ~= worker or v[3] ~= fence then return nil, 'FENCED' end
  if not OWNED[v[1]] then return nil, 'ALREADY' end
  return v
end

local inline_pair = '' -- the parent and the child for which finish_resume was called, which resumes the parent itself

-- A parent that waits for nothing any more is told to go on.
local function unlink(H, parent, id)
  redis.call('SREM', H .. ':waits:' .. parent, id)
  if inline_pair == parent .. ' ' .. id then return end
  if redis.call('EXISTS', H .. ':waits:' .. parent) == 0 then
    local v = redis.call('HMGET', H .. ':inv:' .. parent, 'st', 'ow')
    if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. parent) end
  end
end

-- Members are "c:<client>", whose inbox gets `message`, and "i:<invocation>", which may be waiting for others too.
local function notify(H, id, message)
  local waiters = redis.call('SPOP', H .. ':waiters:' .. id, ALL)
  if #waiters > 1 then table.sort(waiters) end
  for i = 1, #waiters do
    local kind, name = string.sub(waiters[i], 1, 2), string.sub(waiters[i], 3)
    if kind == 'c:' then tell(H, name, message) else unlink(H, name, id) end
  end
end

local function stop_waiting(H, id)
  local awaited = redis.call('SMEMBERS', H .. ':waits:' .. id)
  for i = 1, #awaited do redis.call('SREM', H .. ':waiters:' .. awaited[i], 'i:' .. id) end
  redis.call('DEL', H .. ':waits:' .. id)
end

-- Returns what comes due next, in microseconds, or "0"; more than a hundred at once wait for the next look.
local function promote_due(H, now)
  local due = H .. ':due'
  local first = redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')
  if not first[2] or tonumber(first[2]) > now then return first[2] or '0' end
  local ids = redis.call('ZRANGE', due, '-inf', num(now), 'BYSCORE', 'LIMIT', '0', '100')
  redis.call('ZREM', due, unpack(ids))
  for i = 1, #ids do
    local v = redis.call('HMGET', H .. ':inv:' .. ids[i], 'q', 'sc')
    if v[1] then push_ready(H, ids[i], v[1], v[2]) end
  end
  return redis.call('ZRANGE', due, '0', '0', 'WITHSCORES')[2] or '0'
end
