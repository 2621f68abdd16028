-- Set the number of a limit, or return to the numbers of the invocations, unless a later leader has written; what fits
-- at once is promoted in the same step, at most 1,000 under at most 1,000 keys. The sweep does the rest.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), name, number or ""
-- Returns OK or STALE. Safe to repeat.
local function set_limit(keys, argv)
  local H, epoch, name, number, now = keys[1], argv[1], argv[2], argv[3], now_us()
  if is_stale(H, epoch) then return 'STALE' end
  if (redis.call('HGET', H .. ':lim', name) or '') == number then return 'OK' end -- promoting again would be too much
  if number == '' then redis.call('HDEL', H .. ':lim', name) else redis.call('HSET', H .. ':lim', name, number) end
  local left = 1000
  local parked = redis.call('ZRANGE', H .. ':parked', '0', '999')
  for i = 1, #parked do
    local best = redis.call('ZRANGE', H .. ':park:' .. parked[i], '0', '0')[1]
    local limits = best and redis.call('HGET', H .. ':inv:' .. best, 'lim')
    local at = limits and string.find(limits, parked[i] .. ' ', 1, true)
    if at and string.match(limits, '^%x+ %d+ ([^\n]*)', at) == name then
      left = left - promote(H, now, parked[i], left)
    end
  end
  return 'OK'
end
register('set_limit', set_limit, {'allow-oom'})
