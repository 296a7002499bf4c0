-- Keeps what was decided about people of an announcement in one partition.
--
-- KEYS  its progress, who is still to be decided on, who is to be told later,
--       the bulk lane
-- ARGV  1 how long progress is kept, ms
--       2 what to tell those who send ('' nothing)
--       then three for each person: who, and
--         o payload      to be sent
--         l due          to be decided on later, Unix ms
--         c reason       left out
-- Somebody about whom another process has decided meanwhile is passed over.
local i = 3
while ARGV[i] do
  local person, op, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if redis.call('SREM', KEYS[2], person) + redis.call('ZREM', KEYS[3], person) > 0 then
    if op == 'o' then
      redis.call('HSET', KEYS[1], 'last', redis.call('XADD', KEYS[4], '*', 'p', person, 'v', value))
      redis.call('HINCRBY', KEYS[1], 'c:q', 1)
    elseif op == 'l' then
      redis.call('ZADD', KEYS[3], value, person)
      redis.call('PEXPIRE', KEYS[3], ARGV[1])
    else
      redis.call('HINCRBY', KEYS[1], 'c:x:' .. value, 1)
    end
  end
  i = i + 3
end
if ARGV[2] ~= '' then redis.call('PUBLISH', 'wake', ARGV[2]) end
return 1
