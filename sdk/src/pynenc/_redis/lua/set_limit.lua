-- Set the number of a limit, or return to the numbers of the invocations, unless a later leader has written; what fits
-- at once is promoted in the same step: at most 50, under the key that the name alone has and the first 50 others. The
-- sweep looks at the rest of the keys.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), name, number or "", key of the limit if no arguments are compared, how many
--   were promoted under it by the calls that answered MORE
-- Returns OK, MORE to be called again, or STALE. Safe to repeat.
local function promote_named(H, now, name, left)
  local parked = redis.call('ZRANGE', H .. ':parked', '0', CROWDS - 1)
  for i = 1, #parked do
    local best = redis.call('ZRANGE', H .. ':park:' .. parked[i], '0', '0')[1]
    local limits = best and redis.call('HGET', H .. ':inv:' .. best, 'lim')
    local at = limits and string.find(limits, parked[i] .. ' ', 1, true)
    if at and string.match(limits, '^%x+ %d+ ([^\n]*)', at) == name then
      left = left - promote(H, now, parked[i], left)
    end
  end
end

local function set_limit(keys, argv)
  local H, epoch, name, number, before, now = keys[1], argv[1], argv[2], argv[3], tonumber(argv[5]), now_us()
  if is_stale(H, epoch) then return 'STALE' end
  local is_known = (redis.call('HGET', H .. ':lim', name) or '') == number
  if is_known and before == 0 then return 'OK' end -- promoting again would be too much
  if number == '' then redis.call('HDEL', H .. ':lim', name) else redis.call('HSET', H .. ':lim', name, number) end
  local promoted = promote(H, now, argv[4], PROMOTED, before)
  if promoted == PROMOTED then return 'MORE' end
  if before == 0 then promote_named(H, now, name, PROMOTED - promoted) end
  return 'OK'
end
register('set_limit', set_limit, {'allow-oom'})
