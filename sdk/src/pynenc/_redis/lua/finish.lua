-- End invocations with their results or errors, disown them and wake their waiters, all in one step.
-- KEYS[1] H
-- ARGV worker, then 5 per invocation: id, fence, SUCCESS or FAILED, payload (bytes), time to live (seconds)
-- Returns OK, FENCED, ALREADY, GONE or BADSTATE per invocation. Safe to repeat.
local SETTLED = {SUCCESS = true, FAILED = true} -- what an owner may end with

local function finish_one(H, now, worker, id, fence, status, payload, ttl)
  local v, answer = owned(H, id, worker, fence)
  if not v then return answer end
  if v[1] ~= 'RUNNING' or not SETTLED[status] then return 'BADSTATE' end
  settle(H, id, worker, v, status, now, payload, ttl)
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
