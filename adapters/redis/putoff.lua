-- Puts an announcement to one person off: out of the lane, to be decided on later.
--
-- KEYS  lane, who is to be told later, progress, attempts
-- ARGV  entry, person, due in Unix ms, how long it is kept in ms, the entry's
--       name among the attempts
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[4], ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return redis.call('HINCRBY', KEYS[3], 'c:q', -1)
