-- Keeps a change of an announcement, and writes it into the log.
--
-- KEYS  the announcement, all by time, those open, the log
-- ARGV  1 first 16 bytes of the value that the change began with ('' none)
--       2 the new value  3 its id  4 when it was made, Unix ms
--       5 '1' while something of it is still to leave
--       6 what the log gets  7 for how long all is kept, ms
--       8 until when to forget earlier ones, Unix ms
-- Gives 1 when it was kept; nothing when another process was faster.
local had = redis.call('GETRANGE', KEYS[1], 0, 15)
-- This very change came before, and its answer was lost.
if had == string.sub(ARGV[2], 1, 16) then return 1 end
if had ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[7])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[8])
if ARGV[5] == '1' then
  redis.call('SADD', KEYS[3], ARGV[3])
else
  redis.call('SREM', KEYS[3], ARGV[3])
end
redis.call('XADD', KEYS[4], '*', 'v', ARGV[6])
redis.call('XTRIM', KEYS[4], 'MINID', ARGV[8])
return 1
