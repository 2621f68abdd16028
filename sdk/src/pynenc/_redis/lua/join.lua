-- Make a worker known and give it a lease; what it says of its code stands for the whole pool from then on.
-- KEYS[1] H
-- ARGV worker, lease (microseconds), info (opaque text), pod (empty: none), pool, its code (opaque text; empty: not
--   said)
-- Returns OK, DUPLICATE when the id is known, NOTREADY while the store is not open.
local function join(keys, argv)
  local H, worker = keys[1], argv[1]
  if redis.call('EXISTS', H .. ':meta') == 0 then return 'NOTREADY' end
  if redis.call('EXISTS', H .. ':w:' .. worker) == 1 then return 'DUPLICATE' end
  local drained_until = redis.call('HGET', H .. ':drain', argv[4]) or '0'
  redis.call('HSET', H .. ':w:' .. worker, 'info', argv[3], 'dr', drained_until, 'sus',
    redis.call('EXISTS', H .. ':suspended'))
  if argv[6] ~= '' then redis.call('HSET', H .. ':codes', argv[5], argv[6]) end
  if argv[4] ~= '' then redis.call('HSET', H .. ':pods', worker, argv[4]) end
  redis.call('ZADD', H .. ':workers', num(now_us() + tonumber(argv[2])), worker)
  return 'OK'
end
register('join', join, {'allow-oom'})
