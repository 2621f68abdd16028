-- Allow workers to join. A store that was lost and came back empty is not open, so nothing runs there unnoticed.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), protocol
-- Returns OK, or STALE when a later leader has written. Safe to repeat.
local function is_stale(H, epoch)
  return tonumber(redis.call('HGET', H .. ':meta', 'epoch') or '0') > tonumber(epoch)
end

local function open(keys, argv)
  local H = keys[1]
  if is_stale(H, argv[1]) then return 'STALE' end
  redis.call('HSET', H .. ':meta', 'epoch', argv[1], 'protocol', argv[2])
  redis.call('HSETNX', H .. ':meta', 'opened', num(now_us()))
  return 'OK'
end
register('open', open)
