-- Hand ready invocations to a worker: pop, take limits, own, fence and start in one step, so that none is popped and
-- not owned. It goes through at full memory, since claims are what empties a full store.
-- KEYS[1] H
-- ARGV worker, request id, limit, number to start, "1" if woken by a marker, number of queues, queue..., number of ids,
--   id...
-- Returns {answer, next due in microseconds or "0", item...}; an item is
--   {id, fence, task, arguments, attempt, retries, losses, parent, "1" if started, remaining time or "0"}.
-- Answers OK, DRAINING, or LOST when the worker has not joined or was swept. Safe to repeat with the same request id:
-- one that got something gets it again, one that got nothing asks anew.

-- The queues and ids of a claim's arguments, and the place after them.
local function read_wanted(argv, first)
  local wanted, at = {queues = {}, served = {}, ids = {}}, first + 6
  for i = at, at + tonumber(argv[first + 5]) - 1 do
    wanted.queues[#wanted.queues + 1], wanted.served[argv[i]] = argv[i], true
  end
  at = at + #wanted.queues
  for i = at + 1, at + tonumber(argv[at]) do wanted.ids[#wanted.ids + 1] = argv[i] end
  return wanted, at + #wanted.ids + 1
end

-- A marker was taken to get here, so one is put back wherever work is left, also if this worker may not have it.
local function pass_on(H, woken, queues, is_empty)
  if woken ~= '1' then return end
  for i = 1, #queues do
    if not is_empty[i] and redis.call('EXISTS', H .. ':q:' .. queues[i]) == 1 then wake(H, queues[i]) end
  end
end

local function claim_at(H, now, argv, first)
  local worker, request = argv[first], argv[first + 1]
  local limit, start = tonumber(argv[first + 2]), tonumber(argv[first + 3])
  local wanted = read_wanted(argv, first)
  local known = redis.call('HMGET', H .. ':w:' .. worker, 'info', 'req', 'last', 'dr', 'sus')
  if not known[1] then
    pass_on(H, argv[first + 4], wanted.queues, {})
    return {'LOST', '0'}
  end
  if known[2] == request then return replay(H, now, worker, known[3]) end
  if tonumber(known[4] or '0') > now then
    pass_on(H, argv[first + 4], wanted.queues, {})
    return {'DRAINING', '0'}
  end
  read_suspended(H, known[5] == '1')
  local out, last, is_empty, next_due = {'OK', '0'}, {}, {}, promote_due(H, now)
  if #wanted.ids > 0 then claim_ids(H, now, worker, wanted, limit, start, out, last) else
    for i = 1, #wanted.queues do
      is_empty[i] = claim_queue(H, now, worker, wanted.queues[i], limit, start, out, last)
    end
  end
  pass_on(H, argv[first + 4], wanted.queues, is_empty)
  if #last == 0 then out[2] = next_due else
    redis.call('HSET', H .. ':w:' .. worker, 'req', request, 'last', table.concat(last))
  end
  return out
end

local function claim(keys, argv) return claim_at(keys[1], now_us(), argv, 1) end
register('claim', claim, {'allow-oom'})
