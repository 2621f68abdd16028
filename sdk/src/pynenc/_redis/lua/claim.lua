-- Hand ready invocations to a worker: pop, own, fence and start in one step, so that none is popped and not owned.
-- KEYS[1] H
-- ARGV worker, request id, limit, number to start, "1" if woken by a marker, number of queues, queue...
-- Returns {answer, next due in microseconds or "0", item...}; an item is
--   {id, fence, task, arguments, attempt, retries, losses, parent, "1" if started}.
-- Answers OK, or LOST when the worker has not joined or was swept. Safe to repeat with the same request id.
local function item(id, fence, v, attempt, started)
  return {id, fence, v[2], v[3], num(attempt), v[6] or '0', v[7] or '0', v[8] or '', started}
end

local RECORD = {'st', 'task', 'args', 'f', 'att', 'ret', 'loss', 'par', 'ow'}

local function replay(H, worker, last)
  local out = {'OK', '0'}
  for id, fence in string.gmatch(last, '([^,;]+),(%d+);') do
    local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(RECORD))
    if v[9] == worker and v[4] == fence and OWNED[v[1]] then
      out[#out + 1] = item(id, fence, v, tonumber(v[5] or '0'), v[1] == 'PENDING' and '0' or '1')
    end
  end
  return out
end

local function take(H, now, worker, id, start)
  local key = H .. ':inv:' .. id
  local v = redis.call('HMGET', key, unpack(RECORD))
  if not v[1] then return nil end -- the record was deleted by hand; nothing is left to run
  local fence = num(math.max(tonumber(v[4] or '0') + 1, now))
  local attempt, status = tonumber(v[5] or '0'), 'PENDING'
  if start then
    attempt, status = attempt + 1, 'RUNNING'
    redis.call('HSET', key, 'st', status, 'ts', num(now), 'sta', num(now), 'att', num(attempt), 'f', fence,
      'ow', worker)
  else
    redis.call('HSET', key, 'st', status, 'ts', num(now), 'f', fence, 'ow', worker)
  end
  redis.call('ZADD', H .. ':held:' .. worker, fence, id)
  count(H, v[2], v[1], status)
  return item(id, fence, v, attempt, start and '1' or '0')
end

local function claim_from(H, now, worker, argv, first, out, last)
  local limit, start = tonumber(argv[first + 2]), tonumber(argv[first + 3])
  for i = first + 6, first + 5 + tonumber(argv[first + 5]) do
    local queue = H .. ':q:' .. argv[i]
    while #out - 2 < limit do
      local popped = redis.call('ZPOPMIN', queue)
      if #popped == 0 then break end
      local got = take(H, now, worker, popped[1], #out - 2 < start)
      if got then
        out[#out + 1] = got
        last[#last + 1] = got[1] .. ',' .. got[2] .. ';'
      end
    end
  end
end

-- A marker was taken to get here, so one is put back wherever work is left, also if this worker may not have it.
local function pass_on(H, argv, first)
  if argv[first + 4] ~= '1' then return end
  for i = first + 6, first + 5 + tonumber(argv[first + 5]) do
    if redis.call('EXISTS', H .. ':q:' .. argv[i]) == 1 then wake(H, argv[i]) end
  end
end

local function claim_at(H, now, argv, first)
  local worker, request = argv[first], argv[first + 1]
  local known = redis.call('HMGET', H .. ':w:' .. worker, 'info', 'req', 'last')
  if not known[1] then
    pass_on(H, argv, first)
    return {'LOST', '0'}
  end
  if known[2] == request then return replay(H, worker, known[3]) end
  local out, last = {'OK', '0'}, {}
  promote_due(H, now)
  claim_from(H, now, worker, argv, first, out, last)
  pass_on(H, argv, first)
  redis.call('HSET', H .. ':w:' .. worker, 'req', request, 'last', table.concat(last))
  if #last == 0 then
    local due = redis.call('ZRANGE', H .. ':due', '0', '0', 'WITHSCORES')
    if due[2] then out[2] = num(tonumber(due[2])) end
  end
  return out
end

local function claim(keys, argv) return claim_at(keys[1], now_us(), argv, 1) end
register('claim', claim)
