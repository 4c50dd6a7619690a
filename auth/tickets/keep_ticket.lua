-- Keep what a ticket stands for until it is redeemed or too old.
-- KEYS  1 the ticket   ARGV  1 what it stands for  2 lifetime in milliseconds
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
