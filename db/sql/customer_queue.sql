-- Whose update is handled next, by PostgreSQL's clock: replicas' own clocks differ.
-- fragment: now
to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')

-- fragment: lease_end
to_char((clock_timestamp() + make_interval(secs => :lease)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')

-- name: time
SELECT {now} AS now

-- What ends later than any lease that is given now was given while the clock was ahead: whoever lives has renewed it.
-- fragment: latest
to_char((clock_timestamp() + interval '10 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')

-- fragment: lives
(waiting_updates.lease_until BETWEEN {now} AND {latest})

-- Nothing comes back while another holder of the same update lives.
-- name: enrol
INSERT INTO waiting_updates (update_id, telegram_user_id, holder, is_running, lease_until)
VALUES (:update_id, :telegram_user_id, :holder, FALSE, {lease_end})
ON CONFLICT (update_id) DO UPDATE
SET holder = excluded.holder, is_running = FALSE, lease_until = excluded.lease_until
WHERE waiting_updates.holder = excluded.holder OR NOT {lives}
RETURNING update_id

-- fragment: others
SELECT 1 FROM waiting_updates AS other
WHERE other.telegram_user_id = :telegram_user_id AND other.lease_until BETWEEN {now} AND {latest}
  AND other.update_id <> :update_id AND (other.is_running OR other.update_id < :update_id)

-- name: run
WITH dead AS (DELETE FROM waiting_updates WHERE telegram_user_id = :telegram_user_id AND NOT {lives})
UPDATE waiting_updates SET is_running = TRUE
WHERE update_id = :update_id AND holder = :holder AND NOT EXISTS ({others})

-- The same update in another holder's hands counts too.
-- name: ahead
SELECT count(*) AS ahead FROM ({others} UNION ALL
    SELECT 1 FROM waiting_updates
    WHERE update_id = :update_id AND holder <> :holder AND {lives}) AS waiting

-- All of a replica's. Whoever takes away a row whose lease is over may be at it now: it is not waited for.
-- name: renew
UPDATE waiting_updates SET lease_until = {lease_end} WHERE update_id IN (
    SELECT update_id FROM waiting_updates
    WHERE update_id = ANY(ARRAY(SELECT CAST(json_array_elements_text(:update_ids::json) AS BIGINT)))
      AND holder = ANY(ARRAY(SELECT json_array_elements_text(:holders::json)))
    FOR UPDATE SKIP LOCKED)

-- name: leave
DELETE FROM waiting_updates WHERE update_id = :update_id AND holder = :holder
