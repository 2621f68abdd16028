-- Renew the leases of the workers of one runner, and tell what they are to cancel.
-- KEYS[1] H
-- ARGV lease (microseconds), worker...
-- Returns {answer, id to cancel...} per worker; LOST means that it was swept and what it held runs elsewhere.
-- Safe to repeat.
local function beat(keys, argv)
  local H, until_us, answers = keys[1], num(now_us() + tonumber(argv[1])), {}
  for i = 2, #argv do
    local answer = {'LOST'}
    if redis.call('ZSCORE', H .. ':workers', argv[i]) then
      redis.call('ZADD', H .. ':workers', until_us, argv[i])
      answer = redis.call('SMEMBERS', H .. ':asked:' .. argv[i])
      table.sort(answer)
      table.insert(answer, 1, 'OK')
    end
    answers[#answers + 1] = answer
  end
  return answers
end
register('beat', beat, {'allow-oom'})
