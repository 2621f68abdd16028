-- Put a task definition into the registry, or take it out, unless a later leader has written. A task that is suspended
-- has its invocations parked, in the step that would hand them out; one that is not has them promoted, at most 50.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), task, definition (opaque text; "" takes it out), "1" if it is suspended,
--   key under which it then parks
-- Returns OK, MORE to be called again, or STALE. Safe to repeat.

-- Workers are told whether any task is suspended, so that a claim need not ask.
local function tell_workers(H, is_any)
  local known = redis.call('ZRANGE', H .. ':workers', '0', '-1')
  for i = 1, #known do redis.call('HSET', H .. ':w:' .. known[i], 'sus', is_any) end
end

local function suspend(H, task, key)
  if redis.call('HSET', H .. ':suspended', task, key) == 1 then tell_workers(H, '1') end
end

local function go_on(H, now, task, key)
  if redis.call('HDEL', H .. ':suspended', task) == 1 and redis.call('EXISTS', H .. ':suspended') == 0 then
    tell_workers(H, '0')
  end
  return promote(H, now, key, PROMOTED) == PROMOTED and 'MORE' or 'OK'
end

local function publish(keys, argv)
  local H, epoch, task, definition, key = keys[1], argv[1], argv[2], argv[3], argv[5]
  if is_stale(H, epoch) then return 'STALE' end
  if definition == '' then
    redis.call('HDEL', H .. ':tasks', task)
  else
    redis.call('HSET', H .. ':tasks', task, definition)
  end
  if argv[4] ~= '1' then return go_on(H, now_us(), task, key) end
  suspend(H, task, key)
  return 'OK'
end
register('publish', publish)
