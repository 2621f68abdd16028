-- Let a paused invocation go on once nothing is awaited any more; by force also before that.
-- KEYS[1] H
-- ARGV worker, id, fence, "1" to stop waiting
-- Returns OK, WAITING, FENCED, ALREADY, GONE or BADSTATE. Safe to repeat.
local function resume(keys, argv)
  local H, worker, id = keys[1], argv[1], argv[2]
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return answer end
  if v[1] == 'RUNNING' then return 'OK' end
  if v[1] ~= 'PAUSED' then return 'BADSTATE' end
  if redis.call('EXISTS', H .. ':waits:' .. id) == 1 then
    if argv[4] ~= '1' then return 'WAITING' end
    stop_waiting(H, id)
  end
  redis.call('HSET', H .. ':inv:' .. id, 'st', 'RUNNING', 'ts', num(now_us()))
  count(H, v[4], 'PAUSED', 'RUNNING')
  return 'OK'
end
register('resume', resume, {'allow-oom'})
