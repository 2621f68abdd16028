-- Forget a worker and give what it holds to others, in one step per invocation: disowned, edges dropped, queued or,
-- with its losses used up, failed with its waiters woken. Only what was running costs a loss, and 0 as the number of
-- losses that end an invocation means that none is counted (an orderly stop).
-- KEYS[1] H
-- ARGV worker, losses that end an invocation, error payload (bytes), time to live of a failed one (seconds),
--   "1" if only the ids that follow are to blame, id...
-- Returns {id, REROUTED, FAILED or CANCELLED, ...}, at most 500 a call; the worker is forgotten with its last one.
-- Safe to repeat.
local function lose(H, now, id, v, loss, policy)
  local losses = tonumber(loss or '0') + 1
  redis.call('HSET', H .. ':inv:' .. id, 'loss', num(losses))
  if losses < policy.max_losses then return false end
  settle(H, id, v, 'FAILED', now, policy.payload, policy.ttl)
  return true
end

local function recover_owned(H, now, id, v, loss, policy)
  stop_waiting(H, id)
  redis.call('HSET', H .. ':inv:' .. id, 'ow', '')
  if has(v[8], 'c') then
    settle_cancelled(H, id, v, now)
    return 'CANCELLED'
  end
  local to_blame = v[1] == 'RUNNING' and policy.max_losses > 0 and (not policy.blamed or policy.blamed[id])
  if to_blame and lose(H, now, id, v, loss, policy) then return 'FAILED' end
  disown(H, id, v, 'REROUTED', now)
  push_ready(H, id, v[5], v[6])
  return 'REROUTED'
end

local function recover_one(H, now, worker, id, policy, out)
  local v = redis.call('HMGET', H .. ':inv:' .. id, 'st', 'ow', 'f', 'task', 'q', 'sc', 'w', 'x', 'loss')
  if v[2] ~= worker or not OWNED[v[1]] then
    redis.call('ZREM', H .. ':held:' .. worker, id)
    return
  end
  if not has(v[8], 'c') then log(H, id, v[8], now, v[1] == 'PENDING' and 'PENDING_RECOVERY' or 'RUNNING_RECOVERY') end
  out[#out + 1], out[#out + 2] = id, recover_owned(H, now, id, v, v[9], policy)
end

local function recover_worker(H, now, worker, limit, policy, out)
  local ids = redis.call('ZRANGE', H .. ':held:' .. worker, 0, limit - 1)
  for i = 1, #ids do recover_one(H, now, worker, ids[i], policy, out) end
  write_held()
  if redis.call('EXISTS', H .. ':held:' .. worker) == 0 then
    redis.call('ZREM', H .. ':workers', worker)
    redis.call('HDEL', H .. ':pods', worker)
    redis.call('DEL', H .. ':w:' .. worker, H .. ':inbox:' .. worker, H .. ':asked:' .. worker)
  end
end

local function recover(keys, argv)
  local out, policy = {}, {max_losses = tonumber(argv[2]), payload = argv[3], ttl = argv[4]}
  if argv[5] == '1' then policy.blamed = {} end
  for i = 6, #argv do policy.blamed[argv[i]] = true end
  recover_worker(keys[1], now_us(), argv[1], 500, policy, out)
  return out
end
register('recover', recover, {'allow-oom'})
