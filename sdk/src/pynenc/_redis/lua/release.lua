-- Give an owned invocation back unfinished: queued again at its old place, with no loss and no retry counted.
-- KEYS[1] H
-- ARGV worker, id, fence, "1" if it was never begun, so that its claim has counted an attempt too many
-- Returns OK, FENCED, ALREADY or GONE. Safe to repeat. What was asked to be cancelled ends so instead.
local function release(keys, argv)
  local H, worker, id, now = keys[1], argv[1], argv[2], now_us()
  local key = H .. ':inv:' .. id
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return answer end
  stop_waiting(H, id)
  if has(v[8], 'c') then
    settle_cancelled(H, id, v, now)
    return 'OK'
  end
  if v[1] ~= 'PENDING' then log(H, id, v[8], now, 'KILLED') end
  if argv[4] == '1' and v[1] == 'RUNNING' and not has(v[8], 'r') then redis.call('HINCRBY', key, 'att', -1) end
  disown(H, id, v, 'REROUTED', now)
  push_ready(H, id, v[5], v[6])
  return 'OK'
end
register('release', release, {'allow-oom'})
