-- Sets entries of a lane aside that cannot be opened; those that are gone are none.
--
-- KEYS  lane, what was set aside, attempts
-- ARGV  1 how many to keep at most
--       2 until which time to forget those set aside before, Unix ms
--       3 for how long to keep what is set aside, ms
--       then the ids of the entries
-- Gives the ids of those it moved.
local lane = string.sub(KEYS[1], -1)
local moved = {}
for i = 4, #ARGV do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
  if entry then
    local fields = entry[2]
    fields[#fields + 1] = 'lane'
    fields[#fields + 1] = lane
    redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[1], '*', unpack(fields))
    redis.call('XDEL', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[3], lane .. ARGV[i])
    moved[#moved + 1] = ARGV[i]
  end
end
if #moved > 0 then
  redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return moved
