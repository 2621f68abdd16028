-- End what ran inline and let its parent go on, in one round trip.
-- KEYS[1] H
-- ARGV worker, parent id, parent fence, then as finish: id, fence, status, payload (bytes), time to live (seconds)
-- Returns {answer of finish, answer of resume}. Safe to repeat.
local function finish_resume(keys, argv)
  local H, now = keys[1], now_us()
  inline_pair = argv[2] .. ' ' .. argv[4]
  local answer = finish_one(H, now, argv[1], argv[4], argv[5], argv[6], argv[7], argv[8])
  inline_pair = ''
  local resumed = resume_at(H, now, argv[1], argv[2], argv[3], '0')
  if answer == 'OK' and resumed ~= 'OK' and resumed ~= 'CANCELLING' then unlink(H, argv[2], argv[4]) end
  return {answer, resumed}
end
register('finish_resume', finish_resume, {'allow-oom'})
