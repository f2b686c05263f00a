-- name: note
INSERT INTO journal (telegram_user_id, payment_id, what, details, at)
VALUES (:telegram_user_id, :payment_id, :what, :details, :at)
ON CONFLICT DO NOTHING

-- name: drop_old
DELETE FROM journal WHERE payment_id IS NULL AND at < :before

-- name: erase
DELETE FROM journal WHERE telegram_user_id = :telegram_user_id AND payment_id IS NULL

-- All that is known of one payment besides its row, in one go; the first column says of what kind a row is, the
-- second puts those of one kind in order where their times do not.
-- name: traces
SELECT 'customer' AS source, CAST(0 AS BIGINT) AS number, name AS a, username AS b, language AS c,
    COALESCE(email, '') AS d, COALESCE(email_verified_at, '') AS e, '' AS f, '' AS g, '' AS h, '' AS i, '' AS j
FROM customers WHERE telegram_user_id = :telegram_user_id
UNION ALL
SELECT 'journal', entry_id, what, details, at, '', '', '', '', '', '', '' FROM journal WHERE payment_id = :payment_id
UNION ALL
SELECT 'before', entry_id, what, details, at, '', '', '', '', '', '', '' FROM (
    SELECT entry_id, what, details, at FROM journal
    WHERE payment_id IS NULL AND telegram_user_id = :telegram_user_id AND at <= :created_at
    ORDER BY at DESC, entry_id DESC LIMIT :most) AS earlier
UNION ALL
SELECT 'event', 0, event_id, type, created_at, received_at, '', '', '', '', '', ''
FROM provider_events WHERE payment_id = :payment_id
UNION ALL
SELECT 'message', message_id, channel, kind, recipient, details, state, COALESCE(fate, ''), COALESCE(last_error, ''),
    due_at, created_at, COALESCE(sent_at, '')
FROM outbox WHERE payment_id = :payment_id
UNION ALL
SELECT 'decision', audit.audit_id, CAST(audit.admin_id AS TEXT), COALESCE(customers.name, ''), audit.action,
    audit.details, audit.at, '', '', '', '', ''
FROM audit LEFT JOIN customers ON customers.telegram_user_id = audit.admin_id
WHERE audit.payment_id = :payment_id AND audit.payment_id <> ''
