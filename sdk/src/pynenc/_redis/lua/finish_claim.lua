-- End what a worker has done and hand it more, in one round trip.
-- KEYS[1] H
-- ARGV as claim; then as finish, 5 per invocation: id, fence, status, payload (bytes), time to live (seconds)
-- Returns {answers of finish, answer of claim}. Safe to repeat. Runs at full memory, where it frees more than it takes.
local function finish_claim(keys, argv)
  local H, now = keys[1], now_us()
  local _, first = read_wanted(argv, 1)
  local answers = finish_at(H, now, argv[1], argv, first)
  return {answers, claim_at(H, now, argv, 1)}
end
register('finish_claim', finish_claim, {'allow-oom'})
