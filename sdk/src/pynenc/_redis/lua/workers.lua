-- List the workers that joined and were not recovered.
-- KEYS[1] H
-- Returns {worker, lease end (microseconds), number of invocations held, info, ...}, earliest lease end first.
local function workers(keys)
  local H, out = keys[1], {}
  local known = redis.call('ZRANGE', H .. ':workers', '0', '-1', 'WITHSCORES')
  for i = 1, #known, 2 do
    out[#out + 1] = known[i]
    out[#out + 1] = num(tonumber(known[i + 1]))
    out[#out + 1] = redis.call('ZCARD', H .. ':held:' .. known[i])
    out[#out + 1] = redis.call('HGET', H .. ':w:' .. known[i], 'info') or ''
  end
  return out
end
register('workers', workers, {'no-writes'})
