-- name: heartbeat
INSERT INTO marks (name, value, updated_at) VALUES ('heartbeat', :now, :now)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at

-- name: revision
SELECT version_num FROM alembic_version

-- name: overdue
SELECT COUNT(*) AS overdue FROM outbox WHERE state = 'waiting' AND due_at <= :before

-- Each half counts in a partial index; the oldest message is the one with the smallest number.
-- name: backlog
SELECT unsent.channel, unsent.state, unsent.messages, oldest.created_at
FROM (
    SELECT channel, 'waiting' AS state, COUNT(*) AS messages, MIN(message_id) AS message_id
    FROM outbox WHERE state = 'waiting' GROUP BY channel
    UNION ALL
    SELECT channel, 'parked', COUNT(*), MIN(message_id)
    FROM outbox WHERE state = 'parked' GROUP BY channel
) AS unsent
JOIN outbox AS oldest ON oldest.message_id = unsent.message_id

-- name: last_backup
SELECT value AS at FROM marks WHERE name = :name

-- name: oldest_payment
SELECT created_at AS at FROM payments ORDER BY created_at LIMIT 1

-- name: for_a_person
SELECT
    (SELECT COUNT(*) FROM payments WHERE fulfilment = 'to_do' AND status IN ('paid', 'partially_refunded')) AS todo,
    (SELECT COUNT(*) FROM payments WHERE status = 'review') AS review

-- What is never taken away again: numbers of receipts from who has them, and messages but for the edits of the one with
-- the button.
-- fragment: newest_of_all
SELECT
    COALESCE((SELECT MAX(receipt_number) FROM payments), 0) AS receipt,
    COALESCE((SELECT payment_id FROM payments WHERE receipt_number IS NOT NULL ORDER BY receipt_number DESC LIMIT 1), '')
        AS holder,
    COALESCE((SELECT payment_id FROM payments WHERE receipt_number = :receipt), '') AS holder_before,
    COALESCE((SELECT message_id FROM outbox WHERE kind <> 'pay_message' ORDER BY message_id DESC LIMIT 1), 0) AS message

-- name: newest
{newest_of_all}

-- Not of a server that only follows another one, and may be behind it; nor while a dump is put in piece by piece: what a
-- start writes would be in the way of the keys, which come after all rows, and this table's last.
-- name: newest @postgres
{newest_of_all}
WHERE NOT pg_is_in_recovery() AND EXISTS (
    SELECT 1 FROM pg_index WHERE indrelid = 'waiting_updates'::regclass AND indisprimary)
