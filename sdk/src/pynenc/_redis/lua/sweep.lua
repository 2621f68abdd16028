-- Recover invocations of workers whose lease has expired, queue what has come due, end what should have started,
-- promote what nothing holds back and forget listings of what is gone. Anyone may call it.
-- KEYS[1] H
-- ARGV limit, losses that end an invocation, error payload (bytes), time to live of a failed one (seconds)
-- Returns {id, REROUTED, FAILED, CANCELLED or EXPIRED, ...}. Safe to repeat.
local TRIMMED = 1000 -- entries of a listing that are forgotten

local function expire_starts(H, now, limit, out)
  local ids = redis.call('ZRANGE', H .. ':exp', '-inf', num(now), 'BYSCORE', 'LIMIT', '0', limit)
  for i = 1, #ids do
    local v = redis.call('HMGET', H .. ':inv:' .. ids[i], unpack(BASE))
    redis.call('ZREM', H .. ':exp', ids[i])
    if v[1] and not OWNED[v[1]] and not FINAL[v[1]] then
      take_out(H, ids[i], v)
      settle(H, ids[i], v, 'EXPIRED', now, '', UNRUN_TTL)
      out[#out + 1], out[#out + 2] = ids[i], 'EXPIRED'
    end
  end
end

-- The keys looked at go to the end of the row, so that all get their turn.
local function promote_parked(H, now)
  local parked = redis.call('ZRANGE', H .. ':parked', '0', CROWDS - 1)
  for i = 1, #parked do
    redis.call('ZADD', H .. ':parked', num(now), parked[i])
    promote(H, now, parked[i], 1)
  end
end

local function trim(H, now, listing)
  local ids = redis.call('ZRANGE', H .. listing, '-inf', num(now), 'BYSCORE', 'LIMIT', '0', TRIMMED)
  if #ids > 0 then redis.call('ZREM', H .. listing, unpack(ids)) end
end

local function sweep(keys, argv)
  local H, now, out, limit = keys[1], now_us(), {}, tonumber(argv[1])
  promote_due(H, now)
  expire_starts(H, now, limit, out)
  local policy = {max_losses = tonumber(argv[2]), payload = argv[3], ttl = argv[4]}
  local dead = redis.call('ZRANGE', H .. ':workers', '-inf', num(now), 'BYSCORE', 'LIMIT', '0', '20')
  for i = 1, #dead do
    local left = limit - #out / 2
    if left <= 0 then break end
    recover_worker(H, now, dead[i], left, policy, out)
  end
  promote_parked(H, now)
  trim(H, now, ':fin')
  trim(H, now, ':dead')
  return out
end
register('sweep', sweep, {'allow-oom'})
