-- Has one person told an announcement again, as often as there are times.
--
-- KEYS  progress, who is to be told later
-- ARGV  person, how long it is kept in ms, then when, by attempt, in Unix ms
-- Gives 1 when there is another attempt.
local n = redis.call('HINCRBY', KEYS[1], 'r:' .. ARGV[1], 1)
if not ARGV[2 + n] then return false end
redis.call('ZADD', KEYS[2], ARGV[2 + n], ARGV[1])
redis.call('HINCRBY', KEYS[1], 'c:q', -1)
redis.call('HINCRBY', KEYS[1], 'c:s', -1) -- it did not arrive, and will be sent anew
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
