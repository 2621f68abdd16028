-- Enqueue the call of a final invocation once more under a new id: with its limits and time limits, but new budgets and
-- no registration key, and with a place at the end of its queue.
-- KEYS[1] H
-- ARGV id, new id
-- Returns OK, DUPLICATE, GONE or BADSTATE. Safe to repeat.
local function again(now, before, at) return num(now + tonumber(at or '0') - tonumber(before)) end

local function requeue(keys, argv)
  local H, now = keys[1], now_us()
  if redis.call('EXISTS', H .. ':inv:' .. argv[2]) == 1 then return 'DUPLICATE' end
  local v = redis.call('HMGET', H .. ':inv:' .. argv[1], 'st', 'task', 'args', 'q', 'p', 'par', 'x', 'reg', 'by', 'tot',
    'lim')
  if not v[1] then return 'GONE' end
  if not FINAL[v[1]] then return 'BADSTATE' end
  local call = {task = v[2], arguments = v[3], queue = v[4], priority = v[5], parent = v[6]}
  local x = string.gsub(v[7] or '', '[rcf]', '')
  if x == '' then insert(H, now, argv[2], call, 0) else
    local by = again(now, v[8], v[9])
    insert(H, now, argv[2], call, 0, 'x', x, 'by', by, 'tot', again(now, v[8], v[10]), 'lim', v[11])
    if has(x, 'e') then redis.call('ZADD', H .. ':exp', by, argv[2]) end
    log(H, argv[2], x, now, 'REGISTERED')
  end
  redis.call('ZREM', H .. ':dead', argv[1])
  return 'OK'
end
register('requeue', requeue)
