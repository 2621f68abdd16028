-- Pause an invocation until others have ended. The checks, the edges and the status are one step, so no awaited
-- invocation can end between them. What is awaited moves to the front; a single one may be handed to the caller.
-- KEYS[1] H
-- ARGV worker, id, fence, number of queues whose work may be handed over, queue..., awaited id...
-- Returns {answer, id on the cycle...}: PAUSED, READY, CYCLE, TOOBIG, FENCED, ALREADY, GONE or BADSTATE;
--   {DEADLOCK, awaited id, name of the limit}; or {INLINE, item as of claim}.
-- Safe to repeat.
local function boosted(score) return num(score > 0 and score - BOOST or score) end

local function boost(H, id, v)
  v[6] = boosted(tonumber(v[6]))
  redis.call('HSET', H .. ':inv:' .. id, 'w', '1', 'sc', v[6])
  redis.call('ZADD', H .. ':q:' .. v[5], 'XX', v[6], id)
  if v[1] == 'CONCURRENCY_CONTROLLED' then
    redis.call('ZADD', H .. ':park:' .. redis.call('HGET', H .. ':inv:' .. id, 'pk'), 'XX', v[6], id)
  end
end

local function link(H, id, awaited)
  local v = redis.call('HMGET', H .. ':inv:' .. awaited, unpack(BASE))
  if not v[1] or FINAL[v[1]] then return 0 end -- nothing to wait for
  redis.call('SADD', H .. ':waits:' .. id, awaited)
  redis.call('SADD', H .. ':waiters:' .. awaited, 'i:' .. id)
  boost(H, awaited, v)
  return 1
end

local function is_handed(v, inl, worker, id)
  return v[1] == 'RUNNING' and v[2] == worker and inl == id .. ' ' .. v[3]
end

local function served(argv, queue)
  for i = 5, 4 + tonumber(argv[4]) do
    if argv[i] == queue then return true end
  end
  return false
end

-- Whether it may run on the caller's stack: ready in a queue served, never lost, in time, with room in its limits, and
-- of no suspended task.
local function may_inline(H, now, id, v, argv)
  if not v[1] or has(v[8], 'n') or (v[12] or '0') ~= '0' or not served(argv, v[5]) then return false end
  if has(v[8], 'e') and tonumber(v[10] or '0') == 0 and tonumber(v[14]) <= now then return false end
  return not full(H, limits_of(H, id, v[8])) and redis.call('HEXISTS', H .. ':suspended', v[4]) == 0
end

local function take(H, now, worker, id, awaited, v)
  take_slots(H, awaited, limits_of(H, awaited, v[8]), now)
  return own(H, now, worker, awaited, v, true, id)
end

-- Mostly a parent waits for what it has just called. That waits for nothing itself, and it has room in its limits, so
-- the graph need not be looked at. Returns the item, or nil where this is not so.
local function wait_at_once(H, now, argv, id, v, awaited)
  if v[1] ~= 'RUNNING' or argv[4] == '0' then return nil end
  local child = redis.call('HMGET', H .. ':inv:' .. awaited, unpack(RECORD))
  if not may_inline(H, now, awaited, child, argv) or redis.call('ZREM', H .. ':q:' .. child[5], awaited) == 0 then
    return nil
  end
  redis.call('SADD', H .. ':waits:' .. id, awaited)
  redis.call('SADD', H .. ':waiters:' .. awaited, 'i:' .. id)
  child[6] = boosted(tonumber(child[6]))
  change(H, id, v, 'PAUSED', now)
  return take(H, now, argv[1], id, awaited, child)
end

-- The one awaited as an item that the caller's worker owns, or nil.
local function hand_over(H, now, argv, id, awaited)
  local v = redis.call('HMGET', H .. ':inv:' .. awaited, unpack(RECORD))
  if is_handed(v, redis.call('HGET', H .. ':inv:' .. awaited, 'inl'), argv[1], id) then
    return item(now, awaited, v[3], v, tonumber(v[10]), '1')
  end
  local is_mine = may_inline(H, now, awaited, v, argv) and redis.call('ZREM', H .. ':q:' .. v[5], awaited) == 1
  return is_mine and take(H, now, argv[1], id, awaited, v) or nil
end

local function pause(H, now, id, v, status)
  if status ~= v[1] then change(H, id, v, status, now) end
end

local function wait(keys, argv)
  local H, worker, id, now = keys[1], argv[1], argv[2], now_us()
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return {answer} end
  if v[1] == 'PENDING' then return {'BADSTATE'} end
  local awaited = {}
  for i = 5 + tonumber(argv[4]), #argv do awaited[#awaited + 1] = argv[i] end
  local child = #awaited == 1 and wait_at_once(H, now, argv, id, v, awaited[1])
  if child then return {'INLINE', child} end
  local refused, looked = find_cycle(H, id, awaited)
  refused = refused or find_deadlock(H, id, looked)
  if refused then return refused end
  local open = redis.call('SCARD', H .. ':waits:' .. id)
  for i = 1, #awaited do open = open + link(H, id, awaited[i]) end
  pause(H, now, id, v, open > 0 and 'PAUSED' or 'RUNNING')
  if open == 0 then return {'READY'} end
  local got = #awaited == 1 and argv[4] ~= '0' and hand_over(H, now, argv, id, awaited[1])
  return got and {'INLINE', got} or {'PAUSED'}
end
register('wait', wait, {'allow-oom'})
