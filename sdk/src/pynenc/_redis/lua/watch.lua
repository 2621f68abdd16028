-- Ask for the outcomes of invocations: those that have ended are answered now, the others will be sent to the client's
-- inbox by the very step that ends them, so none can end unseen in between.
-- KEYS[1] H
-- ARGV client, id...
-- Returns status and payload per invocation: "" and "" while it has not ended, GONE and "" if it is unknown.
-- Safe to repeat.
local function watch(keys, argv)
  local H, out = keys[1], {}
  for i = 2, #argv do
    local key = H .. ':inv:' .. argv[i]
    local v = redis.call('HMGET', key, 'st', 'res')
    if not v[1] then
      v = {'GONE', ''}
    elseif not v[2] then
      redis.call('SADD', H .. ':waiters:' .. argv[i], 'c:' .. argv[1])
      redis.call('HSET', key, 'w', '1')
      v = {'', ''}
    end
    out[#out + 1] = v[1]
    out[#out + 1] = v[2]
  end
  return out
end
register('watch', watch, {'allow-oom'})
