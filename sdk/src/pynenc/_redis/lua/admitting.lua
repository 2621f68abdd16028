-- Shared: who may be owned now. It registers nothing itself.
local suspended = {} -- for a claim: the key under which each suspended task parks, by task

local function read_suspended(H, is_any)
  suspended = {}
  local flat = is_any and redis.call('HGETALL', H .. ':suspended') or {}
  for i = 1, #flat, 2 do suspended[flat[i]] = flat[i + 1] end
end

-- Whether it may be owned now, having taken its slots; if not, it is parked or has ended.
-- v is BASE and then args, att, ret, loss, par, by, tot.
local function admit(H, now, id, v)
  local x, key = v[8], suspended[v[4]]
  if not key and (not x or x == '') then return true end
  if has(x, 'e') and tonumber(v[10] or '0') == 0 and tonumber(v[14]) <= now then
    settle(H, id, v, 'EXPIRED', now, '', UNRUN_TTL)
    return false
  end
  local limits = limits_of(H, id, x)
  local over = not key and full(H, limits)
  if not key and not over then
    take_slots(H, id, limits, now)
    return true
  end
  if over and has(x, 'd') then
    settle(H, id, v, 'CONCURRENCY_CONTROLLED_FINAL', now, '', UNRUN_TTL)
  else
    park(H, now, id, v, limits, key or over.key)
  end
  return false
end
