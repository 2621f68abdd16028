-- Shared: how invocations leave where they stand. It registers nothing itself.
local UNRUN_TTL = 86400 -- seconds that an end is kept which no run has brought about; as in `pynenc.core.records`

local function free_registration(H, id)
  local rk = redis.call('HGET', H .. ':inv:' .. id, 'rk')
  if rk and redis.call('GET', H .. ':reg:' .. rk) == id then redis.call('DEL', H .. ':reg:' .. rk) end
end

-- The first start is over: nothing waits for it any more.
local function first_started(H, id, x)
  if has(x, 'r') then free_registration(H, id) end
  if has(x, 'e') then redis.call('ZREM', H .. ':exp', id) end
end

local function drop_extras(H, now, id, v)
  first_started(H, id, v[8])
  if has(v[8], 'c') then redis.call('SREM', H .. ':asked:' .. v[2], id) end
  if has(v[8], 'l') then free_slots(H, now, id, v[8]) end
end

local function span_of(now) return math.floor(now / 300000000) end

-- Failures are counted for the last hour too, by spans of five minutes.
local function count_failure(H, now, task)
  local key = H .. ':failed:' .. num(span_of(now))
  redis.call('HINCRBY', key, task, 1)
  redis.call('EXPIRE', key, 3600)
end

-- Ends one invocation. The caller has checked that it may, and has taken it out of where it waited.
local function settle(H, id, v, status, now, payload, ttl)
  local key = H .. ':inv:' .. id
  local until_us = num(now + tonumber(ttl) * 1000000)
  change(H, id, v, status, now, 'res', payload)
  redis.call('EXPIRE', key, ttl)
  if OWNED[v[1]] then leave(H, v[2], id) end
  if not has(v[8], 'o') then
    ended[#ended + 1] = until_us
    ended[#ended + 1] = id
  end
  if status == 'FAILED' then
    redis.call('ZADD', H .. ':dead', until_us, id)
    count_failure(H, now, v[4])
  end
  if v[8] and v[8] ~= '' then
    drop_extras(H, now, id, v)
    if has(v[8], 'h') then redis.call('EXPIRE', H .. ':hist:' .. id, ttl) end
  end
  if v[7] then
    notify(H, id, 'o ' .. id .. ' ' .. status .. ' ' .. (#payload <= WATCHED_PAYLOAD and '1' .. payload or '0'))
  end
end

-- Ends what its owner was asked to end, with the error that was given then.
local function settle_cancelled(H, id, v, now)
  local asked = redis.call('HMGET', H .. ':inv:' .. id, 'cp', 'ct')
  settle(H, id, v, 'CANCELLED', now, asked[1], asked[2])
end

-- Takes one out of its queue, the delay set or the parking place.
local function take_out(H, id, v)
  redis.call('ZREM', H .. ':q:' .. v[5], id)
  redis.call('ZREM', H .. ':due', id)
  if v[1] == 'CONCURRENCY_CONTROLLED' then unpark(H, id, redis.call('HGET', H .. ':inv:' .. id, 'pk')) end
end

-- Disowns one that is to run again; the caller queues it.
local function disown(H, id, v, status, now, ...)
  change(H, id, v, status, now, ...)
  redis.call('ZREM', H .. ':held:' .. v[2], id)
  if not v[8] or v[8] == '' then return end
  if has(v[8], 'l') then free_slots(H, now, id, v[8]) end
  if has(v[8], 'e') then
    local first = redis.call('HMGET', H .. ':inv:' .. id, 'by', 'att')
    if tonumber(first[2] or '0') == 0 then redis.call('ZADD', H .. ':exp', first[1], id) end
  end
end
