-- Shared: how new invocations are stored and queued. It registers nothing itself.
local function store(H, now, id, v, score, ...)
  redis.call('HSET', H .. ':inv:' .. id, 'st', 'REGISTERED', 'reg', num(now), 'ts', num(now), 'task', v.task,
    'args', v.arguments, 'q', v.queue, 'p', v.priority, 'sc', score, 'par', v.parent, ...)
  count(v.task, nil, 'REGISTERED')
end

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
  store(H, now, id, v, score, ...)
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
