-- Store and queue invocations in one step, so that none is stored and not queued.
-- KEYS[1] H
-- ARGV 8 per invocation: id, task, arguments (bytes), queue, priority 0..9, due (microseconds, 0: now, -1: now and
--   without a marker, which the caller puts later unless it takes the invocation itself), parent id or "", and "" or
--   rare things: a line "<letters of x> <delay> <start within> <total time> <registration key>", times in
--   microseconds, then a line "<key> <number> <name>" per limit. The letter f refuses other arguments under a
--   registration key.
-- Returns {answer, id, ...}: OK, DUPLICATE, REUSED or DIFFERENT per invocation. Safe to repeat: a known id is left
--   alone.
local function call_at(argv, i)
  return {id = argv[i], task = argv[i + 1], arguments = argv[i + 2], queue = argv[i + 3], priority = argv[i + 4],
    parent = argv[i + 6]}
end

local function enqueue_one(H, now, argv, i)
  local v = call_at(argv, i)
  if redis.call('EXISTS', H .. ':inv:' .. v.id) == 1 then return 'DUPLICATE', v.id end
  if argv[i + 7] ~= '' then return insert_rare(H, now, v.id, v, tonumber(argv[i + 5]), argv[i + 7]) end
  insert(H, now, v.id, v, tonumber(argv[i + 5]))
  return 'OK', v.id
end

local PAIRS = 1000 -- scores and members that one command takes, less than Lua's stack holds

local function add_all(key, members)
  for i = 1, #members, 2 * PAIRS do
    redis.call('ZADD', key, unpack(members, i, math.min(i + 2 * PAIRS - 1, #members)))
  end
end

-- What plain calls of a batch want, by queue: scores and ids, in the order of the calls.
local function by_queue(H, calls)
  local names, members, before = {}, {}, redis.call('INCRBY', H .. ':seq', #calls) - #calls
  for i = 1, #calls do
    local v = calls[i]
    v.score = num((9 - tonumber(v.priority)) * LEVEL + before + i)
    if not members[v.queue] then names[#names + 1], members[v.queue] = v.queue, {} end
    local row = members[v.queue]
    row[#row + 1], row[#row + 2] = v.score, v.id
  end
  return names, members
end

-- The same as `insert` of each, with fewer commands. `loud` has the queues that get a marker.
local function insert_calls(H, now, calls, loud)
  if #calls == 0 then return end
  local names, members = by_queue(H, calls)
  for i = 1, #names do add_all(H .. ':q:' .. names[i], members[names[i]]) end
  for i = 1, #calls do store(H, now, calls[i].id, calls[i], calls[i].score) end
  for i = 1, #names do
    if loud[names[i]] then wake(H, names[i]) else redis.call('SADD', H .. ':queues', names[i]) end
  end
end

-- Calls with rare things are stored one by one, after those that came before them.
local function enqueue_batch(H, now, argv)
  local out, calls, known, loud = {}, {}, {}, {}
  for i = 1, #argv, 8 do
    local id, answer, due = argv[i], 'OK', tonumber(argv[i + 5])
    if argv[i + 7] ~= '' or due > now then
      insert_calls(H, now, calls, loud)
      calls, loud = {}, {}
      answer, id = enqueue_one(H, now, argv, i)
    elseif known[id] or redis.call('EXISTS', H .. ':inv:' .. id) == 1 then
      answer = 'DUPLICATE'
    else
      calls[#calls + 1], known[id] = call_at(argv, i), true
      if due >= 0 then loud[argv[i + 3]] = true end
    end
    out[#out + 1], out[#out + 2] = answer, id
  end
  insert_calls(H, now, calls, loud)
  return out
end

local function enqueue(keys, argv)
  local H, now = keys[1], now_us()
  if #argv > 8 then return enqueue_batch(H, now, argv) end
  return #argv == 0 and {} or {enqueue_one(H, now, argv, 1)}
end
register('enqueue', enqueue)
