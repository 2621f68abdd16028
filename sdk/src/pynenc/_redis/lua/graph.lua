-- Shared: what a wait must not close, looked for in the graph of who waits for whom. It registers nothing itself.
local GRAPH = 2000 -- invocations looked at to exclude a cycle

local function path_back(came_from, id, target)
  local path, x = {target}, id
  while x do
    table.insert(path, 2, x)
    x = came_from[x]
  end
  return path
end

-- nil if nothing awaited waits for `target`, and all that was looked at; else the answer.
local function find_cycle(H, target, awaited)
  local seen, came_from, stack, looked = {}, {}, {}, {}
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
      seen[x], looked[#looked + 1] = true, x
      if #looked > GRAPH then return {'TOOBIG'} end
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
  return nil, looked
end

-- `id` and all that wait for it, directly or not.
local function chain_of(H, id)
  local chain, seen, at = {id}, {[id] = true}, 1
  while chain[at] and #chain <= GRAPH do
    local above = redis.call('SMEMBERS', H .. ':waiters:' .. chain[at])
    table.sort(above)
    for i = 1, #above do
      local name = string.sub(above[i], 3)
      if string.sub(above[i], 1, 2) == 'i:' and not seen[name] then
        seen[name] = true
        chain[#chain + 1] = name
      end
    end
    at = at + 1
  end
  return chain
end

local function holds_all(H, chain, limit)
  local held = 0
  for i = 1, #chain do
    if redis.call('ZSCORE', H .. ':slot:' .. limit.key, chain[i]) then held = held + 1 end
  end
  return held > 0 and held >= limit.number
end

-- nil, or the answer when something awaited, directly or not, needs a limit all of whose places `id` and what waits
-- for it hold.
local function find_deadlock(H, id, awaited)
  local chain
  for i = 1, #awaited do
    local v = redis.call('HMGET', H .. ':inv:' .. awaited[i], 'st', 'x')
    local limits = v[1] and not FINAL[v[1]] and not OWNED[v[1]] and limits_of(H, awaited[i], v[2]) or {}
    for j = 1, #limits do
      chain = chain or chain_of(H, id)
      if holds_all(H, chain, limits[j]) then return {'DEADLOCK', awaited[i], limits[j].name} end
    end
  end
  return nil
end
