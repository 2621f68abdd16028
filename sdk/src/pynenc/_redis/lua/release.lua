-- Give an owned invocation back unfinished: queued again at its old place, with no loss and no retry counted.
-- KEYS[1] H
-- ARGV worker, id, fence
-- Returns OK, FENCED, ALREADY or GONE. Safe to repeat.
local function release(keys, argv)
  local H, worker, id = keys[1], argv[1], argv[2]
  local v, answer = owned(H, id, worker, argv[3])
  if not v then return answer end
  stop_waiting(H, id)
  requeue(H, id, worker, v, 'REROUTED', now_us())
  push_ready(H, id, v[5], v[6])
  return 'OK'
end
register('release', release, {'allow-oom'})
