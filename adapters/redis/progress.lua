-- How far an announcement has come in one partition.
--
-- KEYS  its progress, who is still to be decided on, who is to be told later,
--       the bulk lane
-- Gives '1' when all were decided on and the lane is empty up to the last that
-- it has written, how many are to be told later, then its counts as field, number.
local all = redis.call('HGETALL', KEYS[1])
local began, last, counts = false, nil, {}
for i = 1, #all, 2 do
  local field, value = all[i], all[i + 1]
  if field == 'began' then began = true
  elseif field == 'last' then last = value
  elseif string.find(field, '^c:') then
    counts[#counts + 1] = string.sub(field, 3)
    counts[#counts + 1] = value
  end
end
local through = began and redis.call('EXISTS', KEYS[2]) == 0
  and not (last and #redis.call('XRANGE', KEYS[4], '-', last, 'COUNT', 1) > 0)
local out = {through and '1' or '', tostring(redis.call('ZCARD', KEYS[3]))}
for _, word in ipairs(counts) do out[#out + 1] = word end
return out
