-- Put a failed attempt back for another try: counted, disowned and due in one step, so no crash gives a free retry.
-- KEYS[1] H
-- ARGV worker, id, fence, delay (microseconds)
-- Returns OK, FENCED, ALREADY, GONE or BADSTATE. Safe to repeat. What was asked to be cancelled ends so instead.
local function retry(keys, argv)
  local H, worker, id, delay = keys[1], argv[1], argv[2], tonumber(argv[4])
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return answer end
  if v[1] ~= 'RUNNING' then return 'BADSTATE' end
  local now = now_us()
  if has(v[8], 'c') then
    settle_cancelled(H, id, v, now)
    return 'OK'
  end
  redis.call('HINCRBY', H .. ':inv:' .. id, 'ret', 1)
  disown(H, id, v, 'RETRY', now)
  if delay > 0 then redis.call('ZADD', H .. ':due', num(now + delay), id) else push_ready(H, id, v[5], v[6]) end
  return 'OK'
end
register('retry', retry, {'allow-oom'})
