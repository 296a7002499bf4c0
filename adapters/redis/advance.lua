-- Records how far a message has come. The last two of the statuses are final.
-- KEYS  status    ARGV  rank, expiry ms, first final rank
-- Gives 1 when it is news.
local had = tonumber(redis.call('GET', KEYS[1]) or '0')
if had >= tonumber(ARGV[3]) or had >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
