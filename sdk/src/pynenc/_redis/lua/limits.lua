-- Shared: limits as membership. Owning an invocation puts it into the slot set of each of its keys; what is over a
-- limit is parked under the first key that is full, at its own place, and promoted by the step that frees the place.
-- What is of a suspended task is parked under a key of that. It registers nothing itself.
local PROMOTED = 50 -- how many one step promotes for a higher limit
local CROWDS = 50 -- keys with parked work that one step looks at
local function limits_of(H, id, x)
  local out = {}
  if not has(x, 'l') then return out end
  for key, own, name in string.gmatch(redis.call('HGET', H .. ':inv:' .. id, 'lim') or '', '(%x+) (%d+) ([^\n]*)\n') do
    out[#out + 1] = {key = key, name = name, number = tonumber(redis.call('HGET', H .. ':lim', name) or own)}
  end
  return out
end

local function room(H, limit) return limit.number - redis.call('ZCARD', H .. ':slot:' .. limit.key) end

-- The first limit that is full, or nil.
local function full(H, limits)
  for i = 1, #limits do
    if room(H, limits[i]) <= 0 then return limits[i] end
  end
  return nil
end

local function take_slots(H, id, limits, now)
  for i = 1, #limits do redis.call('ZADD', H .. ':slot:' .. limits[i].key, num(now), id) end
end

local function unpark(H, id, key)
  redis.call('ZREM', H .. ':park:' .. key, id)
  if redis.call('EXISTS', H .. ':park:' .. key) == 0 then redis.call('ZREM', H .. ':parked', key) end
end

-- What is parked under none of its limits is of a task that is or was suspended.
local function limit_under(H, id, v, key)
  local limits = limits_of(H, id, v[8])
  for i = 1, #limits do
    if limits[i].key == key then return limits[i] end
  end
  return {key = key, number = redis.call('HEXISTS', H .. ':suspended', v[4]) == 1 and 0 or ALL}
end

-- Queue the best of what is parked under a key, at most `most` and no more than there is room for, of which `before` is
-- promised to others. Returns how many.
local function promote(H, now, key, most, before)
  for promoted = 0, most - 1 do
    local id = redis.call('ZRANGE', H .. ':park:' .. key, '0', '0')[1]
    if not id then return promoted end
    local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(BASE))
    if v[1] and room(H, limit_under(H, id, v, key)) <= promoted + (before or 0) then return promoted end
    unpark(H, id, key)
    if v[1] then
      change(H, id, v, 'REROUTED', now)
      push_ready(H, id, v[5], v[6])
    end
  end
  return most
end

local function promote_all(H, now, limits, except)
  for i = 1, #limits do
    if limits[i].key ~= except then promote(H, now, limits[i].key, 1) end
  end
end

-- What may have been promoted for one key and is now parked under another one passes the promotion on.
local function park(H, now, id, v, limits, key)
  redis.call('ZADD', H .. ':park:' .. key, v[6], id)
  redis.call('ZADD', H .. ':parked', 'NX', num(now), key)
  change(H, id, v, 'CONCURRENCY_CONTROLLED', now, 'pk', key)
  promote_all(H, now, limits, key)
end

local function free_slots(H, now, id, x)
  local limits = limits_of(H, id, x)
  for i = 1, #limits do redis.call('ZREM', H .. ':slot:' .. limits[i].key, id) end
  promote_all(H, now, limits, nil)
end
