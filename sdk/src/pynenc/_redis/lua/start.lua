-- Begin an attempt of an invocation that was claimed but not started, counting it exactly once.
-- KEYS[1] H
-- ARGV worker, id, fence
-- Returns OK, FENCED, ALREADY, GONE or BADSTATE. Safe to repeat.
local function start(keys, argv)
  local H, worker, id = keys[1], argv[1], argv[2]
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return answer end
  if v[1] == 'RUNNING' then return 'OK' end
  if v[1] ~= 'PENDING' then return 'BADSTATE' end
  local now = now_us()
  redis.call('HINCRBY', H .. ':inv:' .. id, 'att', 1)
  change(H, id, v, 'RUNNING', now, 'sta', num(now))
  first_started(H, id, v[8])
  return 'OK'
end
register('start', start, {'allow-oom'})
