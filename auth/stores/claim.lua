-- One worker does a periodic job: the first to claim it in a period.
-- KEYS  1 the job   ARGV  1 period in milliseconds
-- Returns 1 to the one who has it, 0 to the others.
if redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') then return 1 end
return 0
