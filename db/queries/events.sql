-- name: seen
SELECT event_id FROM provider_events WHERE event_id IN (SELECT value FROM json_each(:event_ids))

-- name: seen @postgres
SELECT event_id FROM provider_events WHERE event_id IN (SELECT json_array_elements_text(:event_ids::json))

-- name: unmatched
SELECT payment_intent_id, body FROM unmatched_events
WHERE payment_intent_id IN (SELECT value FROM json_each(:intent_ids))
ORDER BY received_at, event_id

-- name: unmatched @postgres
SELECT payment_intent_id, body FROM unmatched_events
WHERE payment_intent_id IN (SELECT json_array_elements_text(:intent_ids::json))
ORDER BY received_at, event_id

-- name: add
INSERT INTO provider_events (event_id, type, payment_id, created_at, received_at)
VALUES (:event_id, :type, :payment_id, :created_at, :received_at)

-- name: add_unmatched
INSERT INTO unmatched_events (event_id, payment_intent_id, body, received_at)
VALUES (:event_id, :payment_intent_id, :body, :received_at)
ON CONFLICT (event_id) DO NOTHING

-- name: drop_unmatched
DELETE FROM unmatched_events WHERE payment_intent_id = :payment_intent_id

-- name: receipt_number
SELECT value FROM counters WHERE name = 'receipt'

-- name: receipt_number @postgres
SELECT value FROM counters WHERE name = 'receipt' FOR UPDATE

-- name: set_receipt_number
UPDATE counters SET value = :value WHERE name = 'receipt'
