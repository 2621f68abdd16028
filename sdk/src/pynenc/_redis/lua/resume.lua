-- Let a paused invocation go on once nothing is awaited any more; by force or to be cancelled also before that.
-- KEYS[1] H
-- ARGV worker, id, fence, "1" to stop waiting
-- Returns OK, CANCELLING, WAITING, FENCED, ALREADY, GONE or BADSTATE. Safe to repeat.
local function resume_at(H, now, worker, id, fence, force)
  local v, answer = owned(H, id, worker, fence)
  if not v then return answer end
  if v[1] == 'PENDING' then return 'BADSTATE' end
  local cancelling = has(v[8], 'c')
  if v[1] == 'PAUSED' then
    if redis.call('EXISTS', H .. ':waits:' .. id) == 1 then
      if not cancelling and force ~= '1' then return 'WAITING' end
      stop_waiting(H, id)
    end
    change(H, id, v, 'RUNNING', now)
  end
  return cancelling and 'CANCELLING' or 'OK'
end

local function resume(keys, argv) return resume_at(keys[1], now_us(), argv[1], argv[2], argv[3], argv[4]) end
register('resume', resume, {'allow-oom'})
