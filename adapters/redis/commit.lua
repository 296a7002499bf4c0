-- Keeps one turn, or nothing of it.
--
-- KEYS  person, seen message, timers, their data, attempts, lanes u r b,
--       with g: the segments of people, how many are in each, what each is
-- ARGV  1 first 16 bytes of the value that the turn began with ('' none)
--       2 the new value ('' removes the person)
--       3 expiry of the person, ms
--       4 how long the message counts as seen, ms ('' it has no id)
--       5 what to tell those who send ('' nothing)
--       then operations:
--         o lane person payload   to be sent; lane is 1 u, 2 r, 3 b
--         t member due data       a timer
--         c member                no such timer any more
--         d lane id               no such entry any more
--         g person segment what   the segment they are in now; '' is none
-- Gives 0 kept, 1 message seen before, 2 another was faster.
local had = redis.call('GETRANGE', KEYS[1], 0, 15)
-- Every value is unlike any other: this one is here because this very commit
-- came before, and its answer was lost.
if ARGV[2] ~= '' and had == string.sub(ARGV[2], 1, 16) then return 0 end
if ARGV[4] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
if had ~= ARGV[1] then return 2 end
if ARGV[2] ~= '' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
elseif had ~= '' then
  redis.call('DEL', KEYS[1])
end
if ARGV[2] == '' then
  -- Of what was set aside nothing of the person remains either. The key shares
  -- the slot of the others.
  local aside, person = string.sub(KEYS[5], 1, -2) .. 'x', string.match(KEYS[1], '}p:(.*)$')
  for _, entry in ipairs(redis.call('XRANGE', aside, '-', '+')) do
    if entry[2][2] == person then redis.call('XDEL', aside, entry[1]) end
  end
end
if ARGV[4] ~= '' then redis.call('SET', KEYS[2], '', 'PX', ARGV[4]) end
local i = 6
while ARGV[i] do
  local op = ARGV[i]
  if op == 'o' then
    redis.call('XADD', KEYS[5 + tonumber(ARGV[i + 1])], '*', 'p', ARGV[i + 2], 'v', ARGV[i + 3])
    i = i + 4
  elseif op == 't' then
    redis.call('ZADD', KEYS[3], ARGV[i + 2], ARGV[i + 1])
    redis.call('HSET', KEYS[4], ARGV[i + 1], ARGV[i + 3])
    i = i + 4
  elseif op == 'c' then
    redis.call('ZREM', KEYS[3], ARGV[i + 1])
    redis.call('HDEL', KEYS[4], ARGV[i + 1])
    i = i + 2
  elseif op == 'g' then
    local person, to = ARGV[i + 1], ARGV[i + 2]
    local from = redis.call('HGET', KEYS[9], person)
    if from and from ~= to then
      redis.call('HDEL', KEYS[9], person)
      if redis.call('HINCRBY', KEYS[10], from, -1) <= 0 then
        redis.call('HDEL', KEYS[10], from)
        redis.call('HDEL', KEYS[11], from)
      end
    end
    if to ~= '' and from ~= to then
      redis.call('HSET', KEYS[9], person, to)
      redis.call('HINCRBY', KEYS[10], to, 1)
      redis.call('HSETNX', KEYS[11], to, ARGV[i + 3])
    end
    i = i + 4
  else
    local key = KEYS[5 + tonumber(ARGV[i + 1])]
    redis.call('XDEL', key, ARGV[i + 2])
    redis.call('HDEL', KEYS[5], string.sub(key, -1) .. ARGV[i + 2])
    i = i + 3
  end
end
if ARGV[5] ~= '' then redis.call('PUBLISH', 'wake', ARGV[5]) end
return 0
