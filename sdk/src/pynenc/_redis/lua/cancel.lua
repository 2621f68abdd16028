-- End an invocation that nobody owns; one that is owned is marked, and its owner is told by its next beat. So the
-- owner's own end and the cancelling cannot both count.
-- KEYS[1] H
-- ARGV id, error payload (bytes), time to live (seconds)
-- Returns OK, CANCELLING, ALREADY or GONE. Safe to repeat.
local function ask(H, id, v, payload, ttl)
  if has(v[8], 'c') then return end
  redis.call('HSET', H .. ':inv:' .. id, 'x', (v[8] or '') .. 'c', 'cp', payload, 'ct', ttl)
  redis.call('SADD', H .. ':asked:' .. v[2], id)
  if v[1] == 'PAUSED' then tell(H, v[2], 'r ' .. id) end
end

local function cancel(keys, argv)
  local H, id = keys[1], argv[1]
  local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(BASE))
  if not v[1] then return 'GONE' end
  if FINAL[v[1]] then return 'ALREADY' end
  if OWNED[v[1]] then
    ask(H, id, v, argv[2], argv[3])
    return 'CANCELLING'
  end
  take_out(H, id, v)
  settle(H, id, v, 'CANCELLED', now_us(), argv[2], argv[3])
  return 'OK'
end
register('cancel', cancel, {'allow-oom'})
