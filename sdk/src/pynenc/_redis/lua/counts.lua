-- Count invocations, and find the one of each task that waits longest.
-- KEYS[1] H
-- Returns {flat hash of counters, how many are delayed, how many have failed and are kept, flat hashes of failures per
--   task, one per span of the last hour, flat pairs of task and time of request (microseconds)}.
local SPANS = 12 -- of five minutes each
local FRONT = 10 -- looked at in one priority of a queue
local SAMPLE = 200 -- looked at in all queues

-- Within a priority the order is that of the requests, so a task's first one is its oldest, if it is near the front.
local function note_front(H, queue, left, oldest)
  local from, looked = '-inf', 0
  while looked < left do
    local found = redis.call('ZRANGE', H .. ':q:' .. queue, from, '+inf', 'BYSCORE', 'LIMIT', '0', FRONT, 'WITHSCORES')
    for i = 1, #found, 2 do
      local v = redis.call('HMGET', H .. ':inv:' .. found[i], 'task', 'reg')
      local at = v[1] and tonumber(v[2])
      if at and at < (oldest[v[1]] or at + 1) then oldest[v[1]] = at end
    end
    looked = looked + #found / 2
    if #found < 2 * FRONT then break end
    from = num((math.floor(tonumber(found[#found]) / LEVEL) + 1) * LEVEL)
  end
  return looked
end

local function oldest_of(H)
  local queues, left, oldest, out = redis.call('SMEMBERS', H .. ':queues'), SAMPLE, {}, {}
  table.sort(queues)
  for i = 1, #queues do left = left - note_front(H, queues[i], left, oldest) end
  for task, at in pairs(oldest) do out[#out + 1], out[#out + 2] = task, num(at) end
  return out
end

local function counts(keys)
  local H, now, failures = keys[1], now_us(), {}
  local span, dead = span_of(now), redis.call('ZCOUNT', H .. ':dead', '(' .. num(now), '+inf')
  for i = span - SPANS + 1, span do
    failures[#failures + 1] = redis.call('HGETALL', H .. ':failed:' .. num(i))
  end
  return {redis.call('HGETALL', H .. ':cnt'), redis.call('ZCARD', H .. ':due'), dead, failures, oldest_of(H)}
end
register('counts', counts, {'no-writes'})
