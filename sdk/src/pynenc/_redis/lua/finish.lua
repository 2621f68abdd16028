-- End invocations with their results or errors, disown them and wake their waiters, all in one step.
-- KEYS[1] H
-- ARGV worker, then 5 per invocation: id, fence, SUCCESS, FAILED or CANCELLED, payload (bytes), time to live (seconds)
-- Returns OK, FENCED, ALREADY, GONE or BADSTATE per invocation. Safe to repeat.
-- CANCELLED confirms what was asked for, whatever its status; the other ends are for what runs.
local function may_end(v, status)
  if status == 'CANCELLED' then return has(v[8], 'c') end
  return v[1] == 'RUNNING' and (status == 'SUCCESS' or status == 'FAILED')
end

local function finish_one(H, now, worker, id, fence, status, payload, ttl)
  local v, answer = owned(H, id, worker, fence)
  if not v then return answer end
  if not may_end(v, status) then return 'BADSTATE' end
  if v[1] == 'PAUSED' then stop_waiting(H, id) end
  settle(H, id, v, status, now, payload, ttl)
  return 'OK'
end

local function finish_at(H, now, worker, argv, first)
  local answers = {}
  for i = first, #argv, 5 do
    answers[#answers + 1] = finish_one(H, now, worker, argv[i], argv[i + 1], argv[i + 2], argv[i + 3], argv[i + 4])
  end
  return answers
end

local function finish(keys, argv) return finish_at(keys[1], now_us(), argv[1], argv, 2) end
register('finish', finish, {'allow-oom'})
