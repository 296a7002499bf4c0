-- Which entries of a lane are for one person: a page of at most ARGV[3].
-- KEYS  lane    ARGV  person, first id, page
-- Gives the last id looked at ('' the end was reached), then the person's ids.
local page = redis.call('XRANGE', KEYS[1], ARGV[2], '+', 'COUNT', ARGV[3])
local found = {''}
for _, entry in ipairs(page) do
  if entry[2][2] == ARGV[1] then found[#found + 1] = entry[1] end
end
if #page == tonumber(ARGV[3]) then found[1] = page[#page][1] end
return found
