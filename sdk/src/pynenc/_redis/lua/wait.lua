-- Pause an invocation until others have ended. The check for a cycle, the edges and the status are one step, so no
-- awaited invocation can end between them. What is awaited moves to the front of its queue.
-- KEYS[1] H
-- ARGV worker, id, fence, awaited id...
-- Returns {answer, id on the cycle...}: PAUSED, READY, CYCLE, TOOBIG, FENCED, ALREADY, GONE or BADSTATE.
-- Safe to repeat.
local GRAPH = 2000 -- invocations looked at to exclude a cycle

local function path_back(came_from, id, target)
  local path, x = {target}, id
  while x do
    table.insert(path, 2, x)
    x = came_from[x]
  end
  return path
end

-- nil if nothing awaited waits for `target`; else the answer.
local function find_cycle(H, target, awaited)
  local seen, came_from, stack, looked = {}, {}, {}, 0
  for i = #awaited, 1, -1 do stack[#stack + 1] = awaited[i] end
  while #stack > 0 do
    local x = table.remove(stack)
    if x == target then
      local path = path_back(came_from, came_from[x], target)
      path[#path + 1] = target
      table.insert(path, 1, 'CYCLE')
      return path
    end
    if not seen[x] then
      seen[x], looked = true, looked + 1
      if looked > GRAPH then return {'TOOBIG'} end
      local further = redis.call('SMEMBERS', H .. ':waits:' .. x)
      table.sort(further)
      for i = #further, 1, -1 do
        if not seen[further[i]] then
          came_from[further[i]] = x
          stack[#stack + 1] = further[i]
        end
      end
    end
  end
  return nil
end

local function link(H, id, awaited)
  local key = H .. ':inv:' .. awaited
  local v = redis.call('HMGET', key, 'st', 'q', 'sc', 'res')
  if not v[1] or v[4] then return 0 end -- unknown or final: nothing to wait for
  redis.call('SADD', H .. ':waits:' .. id, awaited)
  redis.call('SADD', H .. ':waiters:' .. awaited, 'i:' .. id)
  local score = tonumber(v[3])
  if score > 0 then score = score - BOOST end
  redis.call('HSET', key, 'w', '1', 'sc', num(score))
  redis.call('ZADD', H .. ':q:' .. v[2], 'XX', num(score), awaited)
  return 1
end

local function wait(keys, argv)
  local H, worker, id = keys[1], argv[1], argv[2]
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return {answer} end
  if v[1] == 'PENDING' then return {'BADSTATE'} end
  local awaited = {}
  for i = 4, #argv do awaited[#awaited + 1] = argv[i] end
  local cycle = find_cycle(H, id, awaited)
  if cycle then return cycle end
  local open = redis.call('SCARD', H .. ':waits:' .. id)
  for i = 1, #awaited do open = open + link(H, id, awaited[i]) end
  local status = open > 0 and 'PAUSED' or 'RUNNING'
  if status ~= v[1] then
    redis.call('HSET', H .. ':inv:' .. id, 'st', status, 'ts', num(now_us()))
    count(H, v[4], v[1], status)
  end
  return {open > 0 and 'PAUSED' or 'READY'}
end
register('wait', wait, {'allow-oom'})
