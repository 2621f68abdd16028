-- Recover invocations of workers whose lease has expired, and queue what has come due. Anyone may call it.
-- KEYS[1] H
-- ARGV limit, losses that end an invocation, error payload (bytes), time to live of a failed one (seconds)
-- Returns {id, REROUTED or FAILED, ...}. Safe to repeat.
local function sweep(keys, argv)
  local H, now, out = keys[1], now_us(), {}
  promote_due(H, now)
  local limit = tonumber(argv[1])
  local dead = redis.call('ZRANGE', H .. ':workers', '-inf', num(now), 'BYSCORE', 'LIMIT', '0', '20')
  for i = 1, #dead do
    local left = limit - #out / 2
    if left <= 0 then break end
    recover_worker(H, now, dead[i], left, tonumber(argv[2]), argv[3], argv[4], out)
  end
  return out
end
register('sweep', sweep, {'allow-oom'})
