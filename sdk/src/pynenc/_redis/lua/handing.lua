-- Shared: how an invocation comes into the hands of a worker. It registers nothing itself.
local NOTHING = {}
local RECORD = {'st', 'ow', 'f', 'task', 'q', 'sc', 'w', 'x', 'args', 'att', 'ret', 'loss', 'par', 'by', 'tot'}

local function item(now, id, fence, v, attempt, started)
  local remaining = has(v[8], 't') and num(math.max(1, tonumber(v[15]) - now)) or '0'
  return {id, fence, v[4], v[9], num(attempt), v[11] or '0', v[12] or '0', v[13] or '', started, remaining}
end

local function replay(H, now, worker, last)
  local out = {'OK', '0'}
  for id, fence in string.gmatch(last, '([^,;]+),(%d+);') do
    local v = redis.call('HMGET', H .. ':inv:' .. id, unpack(RECORD))
    if v[2] == worker and v[3] == fence and OWNED[v[1]] then
      out[#out + 1] = item(now, id, fence, v, tonumber(v[10] or '0'), v[1] == 'PENDING' and '0' or '1')
    end
  end
  return out
end

-- Makes the worker own one that was admitted; with `parent`, to run it on the stack of that.
local function own(H, now, worker, id, v, start, parent)
  local fence = num(math.max(tonumber(v[3] or '0') + 1, now))
  local attempt = tonumber(v[10] or '0') + (start and 1 or 0)
  taker, taken[#taken + 1], taken[#taken + 2] = H .. ':held:' .. worker, fence, id
  if has(v[8], 'e') then redis.call('ZREM', H .. ':exp', id) end
  if not start or has(v[8], 'h') then change(H, id, v, 'PENDING', now, 'f', fence, 'ow', worker) end
  if start then
    local from = has(v[8], 'h') and {'PENDING', v[2], v[3], v[4], v[5], v[6], v[7], v[8]} or v
    local also = parent and {'inl', parent .. ' ' .. fence, 'w', '1', 'sc', v[6]} or NOTHING
    change(H, id, from, 'RUNNING', now, 'sta', num(now), 'att', num(attempt), 'f', fence, 'ow', worker, unpack(also))
    first_started(H, id, v[8])
  end
  return item(now, id, fence, v, attempt, start and '1' or '0')
end

-- Whether a record has all that is needed: there may be none, or somebody else may have written into it.
local function is_whole(v)
  if not (v[1] and v[4] and v[5] and v[6] and v[9]) then return false end
  local known = tonumber(v[3] or '0') and tonumber(v[10] or '0')
  return known and (not has(v[8], 'e') or tonumber(v[14])) and (not has(v[8], 't') or tonumber(v[15]))
end

-- Whether it was handed out. What cannot be is out of its queue by now, and an error would take others along.
local function hand(H, now, worker, id, v, start, out, last)
  if not is_whole(v) or not admit(H, now, id, v) then return false end
  local got = own(H, now, worker, id, v, #out - 2 < start)
  out[#out + 1] = got
  last[#last + 1] = got[1] .. ',' .. got[2] .. ';'
  return true
end
