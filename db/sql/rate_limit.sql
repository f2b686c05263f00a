-- Seconds since 1970 by PostgreSQL's clock. The next slot of all, and of one recipient, is taken as it is read.
-- fragment: now
extract(epoch FROM clock_timestamp())::float8

-- Nobody takes a slot so far ahead: one that lies there was taken while the clock was ahead, and counts as now.
-- fragment: kept_at
CASE WHEN kept.next_at > {now} + :farthest THEN 0 ELSE kept.next_at END

-- fragment: next_of_all
INSERT INTO send_slots AS kept (slot, next_at) VALUES (:everyone, {now} + :interval)
ON CONFLICT (slot) DO UPDATE SET next_at = greatest({kept_at}, excluded.next_at - :interval) + :interval
RETURNING next_at - :interval AS free_at

-- name: next_slot
WITH next_of_all AS ({next_of_all}) SELECT free_at - {now} AS seconds FROM next_of_all

-- name: next_slot_of_recipient
WITH next_of_all AS ({next_of_all})
INSERT INTO send_slots AS kept (slot, next_at) SELECT :recipient, free_at + :pause FROM next_of_all
ON CONFLICT (slot) DO UPDATE SET next_at = greatest({kept_at}, excluded.next_at - :pause) + :pause
RETURNING next_at - :pause - {now} AS seconds

-- name: pause_begins
UPDATE send_slots SET next_at = greatest(next_at, {now} + :pause) WHERE slot = :recipient

-- A row that is in use just now is left for the next time: nobody waits for cleaning up.
-- name: drop_old
DELETE FROM send_slots WHERE slot IN (SELECT slot FROM send_slots WHERE next_at < {now} - 60 FOR UPDATE SKIP LOCKED)
