-- Makes timers due at a time; those that come sooner, and those that are gone,
-- stay as they are.
--
-- KEYS  timers    ARGV  the time, Unix ms, then the timers
for i = 2, #ARGV do
  local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if due and tonumber(due) > tonumber(ARGV[1]) then redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i]) end
end
return 1
