-- Keeps what was changed about dates of groups, and writes it into the log.
--
-- KEYS  the changes, the log
-- ARGV  1 first 16 bytes of the value that the change began with ('' none)
--       2 the new value  3 for how long it is kept, ms
--       4 what the log gets  5 until when to forget earlier entries, Unix ms
-- Gives 1 when it was kept; nothing when another process was faster.
local had = redis.call('GETRANGE', KEYS[1], 0, 15)
-- This very change came before, and its answer was lost.
if had == string.sub(ARGV[2], 1, 16) then return 1 end
if had ~= ARGV[1] then return false end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('XADD', KEYS[2], '*', 'v', ARGV[4])
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[5])
return 1
