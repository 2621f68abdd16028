-- Forget a worker and give what it holds to others, in one step per invocation: disowned, edges dropped, queued or,
-- with its losses used up, failed with its waiters woken. What never started costs no loss, and 0 as the number of
-- losses that end an invocation means that none is counted (an orderly stop).
-- KEYS[1] H
-- ARGV worker, losses that end an invocation, error payload (bytes), time to live of a failed one (seconds)
-- Returns {id, REROUTED or FAILED, ...}, at most 500 invocations a call; the worker is forgotten with its last one.
-- Safe to repeat.
local function recover_one(H, now, worker, id, max_losses, payload, ttl, out)
  local key = H .. ':inv:' .. id
  local v = redis.call('HMGET', key, 'st', 'ow', 'f', 'task', 'q', 'sc', 'w', 'loss')
  if v[2] ~= worker or not OWNED[v[1]] then
    redis.call('ZREM', H .. ':held:' .. worker, id)
    return
  end
  stop_waiting(H, id)
  redis.call('HSET', key, 'ow', '')
  local counts, losses = max_losses > 0 and v[1] ~= 'PENDING', tonumber(v[8] or '0') + 1
  if counts then redis.call('HSET', key, 'loss', num(losses)) end
  if counts and losses >= max_losses then
    settle(H, id, worker, v, 'FAILED', now, payload, ttl)
    out[#out + 1] = id
    out[#out + 1] = 'FAILED'
    return
  end
  requeue(H, id, worker, v, 'REROUTED', now)
  push_ready(H, id, v[5], v[6])
  out[#out + 1] = id
  out[#out + 1] = 'REROUTED'
end

local function recover_worker(H, now, worker, limit, max_losses, payload, ttl, out)
  local ids = redis.call('ZRANGE', H .. ':held:' .. worker, 0, limit - 1)
  for i = 1, #ids do recover_one(H, now, worker, ids[i], max_losses, payload, ttl, out) end
  if redis.call('EXISTS', H .. ':held:' .. worker) == 0 then
    redis.call('ZREM', H .. ':workers', worker)
    redis.call('DEL', H .. ':w:' .. worker, H .. ':inbox:' .. worker)
  end
end

local function recover(keys, argv)
  local out = {}
  recover_worker(keys[1], now_us(), argv[1], 500, tonumber(argv[2]), argv[3], argv[4], out)
  return out
end
register('recover', recover, {'allow-oom'})
