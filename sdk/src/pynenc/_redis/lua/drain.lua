-- Hand nothing more to the workers of some pods for a while, also to those that join in that time.
-- KEYS[1] H
-- ARGV epoch of the leader (0: no leaders), time (microseconds, at most an hour; 0 ends it), pod...
-- Returns {OK, number of invocations held by the workers of each pod...} or {STALE}. Safe to repeat.
-- What a pod holds is counted in the same step, so one that holds nothing is idle until the time is over.
local function mark(H, argv, until_us)
  for i = 3, #argv do
    if argv[2] == '0' then
      redis.call('HDEL', H .. ':drain', argv[i])
    else
      redis.call('HSET', H .. ':drain', argv[i], until_us)
      redis.call('EXPIRE', H .. ':drain', HINT_TTL)
    end
  end
end

local function drain(keys, argv)
  local H, held, out = keys[1], {}, {'OK'}
  if is_stale(H, argv[1]) then return {'STALE'} end
  local until_us = argv[2] == '0' and '0' or num(now_us() + tonumber(argv[2]))
  mark(H, argv, until_us)
  for i = 3, #argv do held[argv[i]] = 0 end
  local known = redis.call('HGETALL', H .. ':pods')
  for i = 1, #known, 2 do
    local pod = known[i + 1]
    if held[pod] then
      redis.call('HSET', H .. ':w:' .. known[i], 'dr', until_us)
      held[pod] = held[pod] + redis.call('ZCARD', H .. ':held:' .. known[i])
    end
  end
  for i = 3, #argv do out[#out + 1] = num(held[argv[i]]) end
  return out
end
register('drain', drain, {'allow-oom'})
