-- Draws up whom an announcement is for in one partition, once.
--
-- KEYS  its progress, who is to be decided on, then the segments of people
-- ARGV  1 how long progress is kept, ms, then the segments that it is for
if redis.call('HSETNX', KEYS[1], 'began', '1') == 0 then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
local for_ = {}
for i = 2, #ARGV do for_[ARGV[i]] = true end
for k = 3, #KEYS do
  local all = redis.call('HGETALL', KEYS[k])
  for i = 1, #all, 2 do
    if for_[all[i + 1]] then redis.call('SADD', KEYS[2], all[i]) end
  end
end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 1
