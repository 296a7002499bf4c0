-- Grants messages under several rates together, or none.
--
-- A rate's list holds when its last messages left, newest first, as many as
-- its limit: k more may leave when the one that would then be the limit + 1st
-- left at least one window ago. That is exact for every window, wherever it begins.
--
-- KEYS  a rate's list and its pause, for each rate
-- ARGV  now in µs, how many are asked for, then for each rate:
--       its limit, how many of it this caller may use, its window in µs, expiry in ms
-- Gives how many are granted, and µs until one more may be when it is fewer.
local now, grant, wait = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local rates = #KEYS / 2
local asked = grant

for r = 1, rates do
  local till = tonumber(redis.call('GET', KEYS[2 * r]) or '0')
  if till > now then
    grant = 0
    wait = math.max(wait, till - now)
  end
end

-- The clock of a process may be behind that of another: time never goes back.
local at, clock = {}, {}
for r = 1, rates do
  local head = redis.call('LINDEX', KEYS[2 * r - 1], 0)
  at[r], clock[r] = now, ARGV[1]
  if head and tonumber(head) > now then at[r], clock[r] = tonumber(head), head end
end

local function left(r, index) -- when the message at this place of the list left
  local limit = tonumber(ARGV[4 * r - 1])
  if index < 0 or index >= limit then return nil end
  local time = redis.call('LINDEX', KEYS[2 * r - 1], index)
  return time and tonumber(time)
end

for r = 1, rates do
  local use, per = tonumber(ARGV[4 * r]), tonumber(ARGV[4 * r + 1])
  local low, high = 0, math.min(grant, math.max(use, 0))
  while low < high do
    local k = math.ceil((low + high) / 2)
    local time = left(r, use - k)
    if not time or at[r] - time >= per then low = k else high = k - 1 end
  end
  grant = low
end

if grant < asked and wait == 0 then
  for r = 1, rates do
    local use, per = tonumber(ARGV[4 * r]), tonumber(ARGV[4 * r + 1])
    local index = use - grant - 1
    if index < 0 then
      wait = math.max(wait, per)
    else
      local time = left(r, index)
      if time and at[r] - time < per then wait = math.max(wait, time + per - now) end
    end
  end
end

if grant > 0 then
  for r = 1, rates do
    local key = KEYS[2 * r - 1]
    for _ = 1, grant do redis.call('LPUSH', key, clock[r]) end
    redis.call('LTRIM', key, 0, tonumber(ARGV[4 * r - 1]) - 1)
    redis.call('PEXPIRE', key, ARGV[4 * r + 2])
  end
end
return {grant, math.ceil(wait)}
