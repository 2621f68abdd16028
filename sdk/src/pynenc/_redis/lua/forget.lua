-- Delete invocations wherever they stand with all that belongs to them; who waits for one is told to look again.
-- KEYS[1] H
-- ARGV id...
-- Returns the number of those that there were. Safe to repeat.
local function forget_one(H, now, id)
  local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(BASE))
  if not v[1] then return 0 end
  if OWNED[v[1]] then
    stop_waiting(H, id)
    redis.call('ZREM', H .. ':held:' .. v[2], id)
  elseif not FINAL[v[1]] then
    take_out(H, id, v)
  end
  if not FINAL[v[1]] then
    count(v[4], v[1], nil)
    drop_extras(H, now, id, v)
  end
  redis.call('DEL', H .. ':inv:' .. id, H .. ':hist:' .. id)
  redis.call('ZREM', H .. ':fin', id)
  redis.call('ZREM', H .. ':dead', id)
  if v[7] then notify(H, id, 'n') end
  return 1
end

local function forget(keys, argv)
  local H, now, forgotten = keys[1], now_us(), 0
  for i = 1, #argv do forgotten = forgotten + forget_one(H, now, argv[i]) end
  return forgotten
end
register('forget', forget, {'allow-oom'})
