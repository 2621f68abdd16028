-- Shared: how a claim takes invocations out of queues. It registers nothing itself.
local LOOKED = 50 -- invocations that one claim looks at beside those that it hands out

-- What was lost with a worker before is handed out alone: v nil asks whether anything can follow.
local function closed(v, limit, out)
  local handed = #out - 2
  return handed >= limit or handed == 1 and out[3][7] ~= '0' or handed > 0 and v and (v[12] or '0') ~= '0'
end

local function put_back(queue, popped, first)
  for i = first, #popped, 2 do redis.call('ZADD', queue, popped[i + 1], popped[i]) end
end

-- Pops many at once until one is not handed out, since that may have put a better one into this queue. True: go on.
local function claim_some(H, now, worker, queue, popped, limit, start, out, last)
  for i = 1, #popped, 2 do
    local v = redis.pcall('HMGET', H .. ':inv:' .. popped[i], unpack(RECORD)) -- it may be no hash
    if closed(v, limit, out) then
      put_back(queue, popped, i)
      return 0
    end
    if not hand(H, now, worker, popped[i], v, start, out, last) then
      put_back(queue, popped, i + 2)
      return 1
    end
  end
  return 100
end

-- Returns whether it was seen that nothing is left.
local function claim_queue(H, now, worker, name, limit, start, out, last)
  local queue, most, looked = H .. ':q:' .. name, 100, 0
  while not closed(nil, limit, out) and most > 0 do
    if looked == LOOKED then return wake(H, name) end
    local asked = math.min(limit - #out + 2, most)
    local popped = redis.call('ZPOPMIN', queue, asked)
    if #popped == 0 then return true end
    local next_most = claim_some(H, now, worker, queue, popped, limit, start, out, last)
    if next_most == 100 and #popped < 2 * asked then return true end
    if next_most == 1 then looked = looked + 1 end
    most = math.min(most, next_most)
  end
end

local function claim_ids(H, now, worker, wanted, limit, start, out, last)
  for _, id in ipairs(wanted.ids) do
    local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(RECORD))
    local queue = v[5] and wanted.served[v[5]] and H .. ':q:' .. v[5]
    if queue and not closed(v, limit, out) and redis.call('ZREM', queue, id) == 1 then
      hand(H, now, worker, id, v, start, out, last)
    end
  end
end
