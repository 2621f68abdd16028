-- Ask for the outcomes of invocations: those that have ended are answered now, the others will be sent to the client's
-- inbox by the very step that ends them, so none can end unseen in between.
-- KEYS[1] H
-- ARGV client, id...
-- Returns status and payload per invocation: "" and "" while it has not ended; or GONE and the unknown id alone, with
-- nothing changed. Safe to repeat.
local function watch(keys, argv)
  local H, out = keys[1], {}
  for i = 2, #argv do
    local v = redis.call('HMGET', H .. ':inv:' .. argv[i], 'st', 'res')
    if not v[1] then return {'GONE', argv[i]} end
    out[#out + 1], out[#out + 2] = v[2] and v[1] or '', v[2] or ''
  end
  for i = 2, #argv do
    if out[2 * i - 3] == '' then
      redis.call('SADD', H .. ':waiters:' .. argv[i], 'c:' .. argv[1])
      redis.call('HSET', H .. ':inv:' .. argv[i], 'w', '1')
    end
  end
  return out
end
register('watch', watch, {'allow-oom'})
