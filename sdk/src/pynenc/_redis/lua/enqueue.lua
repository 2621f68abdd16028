-- Store and queue invocations in one step, so that none is stored and not queued.
-- KEYS[1] H
-- ARGV 8 per invocation: id, task, arguments (bytes), queue, priority 0..9, due (microseconds, 0: now, -1: now and
--   without a marker, which the caller puts later unless it takes the invocation itself), parent id or "", and "" or
--   rare things: a line "<letters of x> <delay> <start within> <total time> <registration key>", times in
--   microseconds, then a line "<key> <number> <name>" per limit. The letter f refuses other arguments under a
--   registration key.
-- Returns {answer, id, ...}: OK, DUPLICATE, REUSED or DIFFERENT per invocation. Safe to repeat: a known id is left
--   alone.
-- The queue comes first: if its key is damaged, nothing is written.
local function insert(H, now, id, v, due, ...)
  local score = num((9 - tonumber(v.priority)) * LEVEL + redis.call('INCR', H .. ':seq'))
  if due > now then
    redis.call('ZADD', H .. ':due', num(due), id)
  elseif due >= 0 then
    push_ready(H, id, v.queue, score)
  else
    redis.call('ZADD', H .. ':q:' .. v.queue, score, id)
    redis.call('SADD', H .. ':queues', v.queue)
  end
  redis.call('HSET', H .. ':inv:' .. id, 'st', 'REGISTERED', 'reg', num(now), 'ts', num(now), 'task', v.task,
    'args', v.arguments, 'q', v.queue, 'p', v.priority, 'sc', score, 'par', v.parent, ...)
  count(v.task, nil, 'REGISTERED')
end

-- The one that stands for the new one, and the answer; or nil.
local function registered(H, key, arguments, refuse)
  local holder = redis.call('GET', H .. ':reg:' .. key)
  local theirs = holder and redis.call('HGET', H .. ':inv:' .. holder, 'args')
  if not theirs then return nil end
  return holder, refuse and theirs ~= arguments and 'DIFFERENT' or 'REUSED'
end

local function insert_rare(H, now, id, v, due, extra)
  local x, delay, within, total, rk, limits = string.match(extra, '^(%l*) (%d+) (%d+) (%d+) (%x*)\n(.*)$')
  if rk ~= '' then
    local holder, answer = registered(H, rk, v.arguments, has(x, 'f'))
    if holder then return answer, holder end
    redis.call('SET', H .. ':reg:' .. rk, id)
  end
  local by = num(now + tonumber(within))
  insert(H, now, id, v, math.max(due, tonumber(delay) > 0 and now + tonumber(delay) or -1), 'x', x, 'by', by,
    'tot', num(now + tonumber(total)), 'rk', rk, 'lim', limits)
  if has(x, 'e') then redis.call('ZADD', H .. ':exp', by, id) end
  log(H, id, x, now, 'REGISTERED')
  return 'OK', id
end

local function enqueue_one(H, now, argv, i)
  local id = argv[i]
  if redis.call('EXISTS', H .. ':inv:' .. id) == 1 then return 'DUPLICATE', id end
  local v = {task = argv[i + 1], arguments = argv[i + 2], queue = argv[i + 3], priority = argv[i + 4],
    parent = argv[i + 6]}
  if argv[i + 7] ~= '' then return insert_rare(H, now, id, v, tonumber(argv[i + 5]), argv[i + 7]) end
  insert(H, now, id, v, tonumber(argv[i + 5]))
  return 'OK', id
end

local function enqueue(keys, argv)
  local H, now, out = keys[1], now_us(), {}
  for i = 1, #argv, 8 do
    out[#out + 1], out[#out + 2] = enqueue_one(H, now, argv, i)
  end
  return out
end
register('enqueue', enqueue)
