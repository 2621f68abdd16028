-- Renew the leases of the workers of one runner.
-- KEYS[1] H
-- ARGV lease (microseconds), worker...
-- Returns OK or LOST per worker; LOST means that it was swept and what it held runs elsewhere. Safe to repeat.
local function beat(keys, argv)
  local H, until_us, answers = keys[1], num(now_us() + tonumber(argv[1])), {}
  for i = 2, #argv do
    if redis.call('ZSCORE', H .. ':workers', argv[i]) then
      redis.call('ZADD', H .. ':workers', until_us, argv[i])
      answers[#answers + 1] = 'OK'
    else
      answers[#answers + 1] = 'LOST'
    end
  end
  return answers
end
register('beat', beat, {'allow-oom'})
