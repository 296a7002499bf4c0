-- Takes a person who has expired out of the index of who may be told
-- announcements.
--
-- KEYS  the segments of people, how many are in each, what each is
-- ARGV  the person
local segment = redis.call('HGET', KEYS[1], ARGV[1])
if not segment then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('HINCRBY', KEYS[2], segment, -1) <= 0 then
  redis.call('HDEL', KEYS[2], segment)
  redis.call('HDEL', KEYS[3], segment)
end
return 1
