-- Stops a sender. A pause that ends sooner does not shorten one that stands.
-- KEYS  pause    ARGV  until in µs, expiry in ms
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
