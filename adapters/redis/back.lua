-- Puts what was set aside in one partition back into its lanes, oldest first,
-- behind what waits there. Not part of the program: an operator runs it, for
-- partition 17 with
--
--   redis-cli --eval back.lua {17}o:x {17}o:u {17}o:r {17}o:b
--
-- KEYS  what was set aside, lanes u r b
-- Gives how many it put back.
local lanes = {u = KEYS[2], r = KEYS[3], b = KEYS[4]}
local aside = redis.call('XRANGE', KEYS[1], '-', '+')
for _, entry in ipairs(aside) do
  local fields = entry[2]
  local lane = table.remove(fields)
  table.remove(fields) -- the name of the field that held it
  redis.call('XADD', lanes[lane], '*', unpack(fields))
end
redis.call('DEL', KEYS[1])
return #aside
