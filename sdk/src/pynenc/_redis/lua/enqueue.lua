-- Store and queue invocations in one step, so that none is stored and not queued.
-- KEYS[1] H
-- ARGV 7 per invocation: id, task, arguments (bytes), queue, priority 0..9, due (microseconds, 0: now), parent id or ""
-- Returns one of OK, DUPLICATE per invocation. Safe to repeat: a known id is left alone.
local function enqueue_one(H, now, id, task, arguments, queue, priority, due, parent)
  local key = H .. ':inv:' .. id
  if redis.call('EXISTS', key) == 1 then return 'DUPLICATE' end
  local score = num((9 - priority) * LEVEL + redis.call('INCR', H .. ':seq'))
  redis.call('HSET', key, 'st', 'REGISTERED', 'reg', num(now), 'ts', num(now), 'task', task, 'args', arguments,
    'q', queue, 'p', num(priority), 'sc', score, 'par', parent)
  count(H, task, nil, 'REGISTERED')
  if due > now then redis.call('ZADD', H .. ':due', num(due), id) else push_ready(H, id, queue, score) end
  return 'OK'
end

local function enqueue(keys, argv)
  local H, now, answers = keys[1], now_us(), {}
  for i = 1, #argv, 7 do
    answers[#answers + 1] = enqueue_one(H, now, argv[i], argv[i + 1], argv[i + 2], argv[i + 3],
      tonumber(argv[i + 4]), tonumber(argv[i + 5]), argv[i + 6])
  end
  return answers
end
register('enqueue', enqueue)
