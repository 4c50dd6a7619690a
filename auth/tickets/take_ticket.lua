-- Redeem a ticket: the first to ask gets what it stands for, and it is gone.
-- KEYS  1 the ticket
-- Returns what it stands for, or nil.
return redis.call('GETDEL', KEYS[1])
