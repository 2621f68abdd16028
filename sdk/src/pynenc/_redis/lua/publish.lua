-- Put a task definition into the registry, or take it out, unless a later leader has written.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), task, definition (opaque text; "" takes it out)
-- Returns OK or STALE. Safe to repeat.
local function publish(keys, argv)
  local H, epoch, task, definition = keys[1], argv[1], argv[2], argv[3]
  if is_stale(H, epoch) then return 'STALE' end
  if definition == '' then
    redis.call('HDEL', H .. ':tasks', task)
  else
    redis.call('HSET', H .. ':tasks', task, definition)
  end
  return 'OK'
end
register('publish', publish)
