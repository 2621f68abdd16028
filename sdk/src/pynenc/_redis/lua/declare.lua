-- Put a trigger, a workflow or an inline source into its registry, or take it out, unless a later leader has written.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), "trigger", "workflow" or "source", name, declaration (opaque text; "" takes
--   it out)
-- Returns OK or STALE. Safe to repeat.
local function declare(keys, argv)
  local H, epoch, kind, name, declaration = keys[1], argv[1], argv[2], argv[3], argv[4]
  if is_stale(H, epoch) then return 'STALE' end
  if declaration == '' then
    redis.call('HDEL', H .. ':' .. kind .. 's', name)
  else
    redis.call('HSET', H .. ':' .. kind .. 's', name, declaration)
  end
  return 'OK'
end
register('declare', declare)
