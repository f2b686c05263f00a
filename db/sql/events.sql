-- Everything else that a group must know, in one go: what kind of row, and its key, body or number.
-- name: known
SELECT 'seen' AS what, event_id AS key, '' AS body, 0 AS number FROM provider_events
WHERE event_id IN (SELECT value FROM json_each(:event_ids))
UNION ALL
SELECT 'unmatched', payment_intent_id, body, 0 FROM unmatched_events
WHERE payment_intent_id IN (SELECT value FROM json_each(:intent_ids))
UNION ALL
SELECT 'receipt', '', '', COALESCE(MAX(receipt_number), 0) FROM payments
UNION ALL
SELECT 'hears no sales', '', '', admin_id FROM admin_settings WHERE NOT hears_sales

-- name: known @postgres
SELECT 'seen' AS what, event_id AS key, '' AS body, 0::bigint AS number FROM provider_events
WHERE event_id = ANY(ARRAY(SELECT json_array_elements_text(:event_ids::json)))
UNION ALL
SELECT 'unmatched', payment_intent_id, body, 0 FROM unmatched_events
WHERE payment_intent_id = ANY(ARRAY(SELECT json_array_elements_text(:intent_ids::json)))
UNION ALL
SELECT 'receipt', '', '', COALESCE(MAX(receipt_number), 0) FROM payments
UNION ALL
SELECT 'hears no sales', '', '', admin_id FROM admin_settings WHERE NOT hears_sales

-- name: add
INSERT INTO provider_events (event_id, type, payment_id, created_at, received_at)
VALUES (:event_id, :type, :payment_id, :created_at, :received_at)

-- name: add_unmatched
INSERT INTO unmatched_events (event_id, payment_intent_id, body, received_at)
VALUES (:event_id, :payment_intent_id, :body, :received_at)
ON CONFLICT (event_id) DO NOTHING

-- name: adopt_unmatched
UPDATE provider_events SET payment_id = :payment_id WHERE event_id IN (
    SELECT event_id FROM unmatched_events WHERE payment_intent_id = :payment_intent_id)

-- name: drop_unmatched
DELETE FROM unmatched_events WHERE payment_intent_id = :payment_intent_id

-- What is not ours is not kept, and may come again.
-- name: drop_seen_unmatched
DELETE FROM provider_events WHERE event_id IN (
    SELECT event_id FROM unmatched_events WHERE payment_intent_id = :payment_intent_id)

-- name: unmatched_intents
SELECT payment_intent_id FROM unmatched_events
GROUP BY payment_intent_id ORDER BY MIN(received_at), payment_intent_id LIMIT :most

-- name: seen
SELECT event_id FROM provider_events WHERE event_id IN (SELECT value FROM json_each(:event_ids))

-- name: seen @postgres
SELECT event_id FROM provider_events WHERE event_id = ANY(ARRAY(SELECT json_array_elements_text(:event_ids::json)))

-- name: of_payment
SELECT event_id, type, created_at, received_at FROM provider_events
WHERE payment_id = :payment_id ORDER BY received_at, created_at, event_id
