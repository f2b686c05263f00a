-- Tables are walked through by their keys, a page at a time: no index by time has to be kept with every webhook.
-- fragment: codes_are_old
expires_at < :before

-- name: page_of_codes
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT telegram_user_id AS key, CASE WHEN {codes_are_old} THEN 1 ELSE 0 END AS is_old FROM verification_codes
      WHERE telegram_user_id > :after ORDER BY telegram_user_id LIMIT :most) AS page

-- name: drop_codes
DELETE FROM verification_codes WHERE telegram_user_id > :after AND telegram_user_id <= :last AND {codes_are_old}

-- fragment: leaving_codes_are_old
expires_at < :before

-- name: page_of_leaving_codes
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT telegram_user_id AS key, CASE WHEN {leaving_codes_are_old} THEN 1 ELSE 0 END AS is_old FROM leaving_codes
      WHERE telegram_user_id > :after ORDER BY telegram_user_id LIMIT :most) AS page

-- name: drop_leaving_codes
DELETE FROM leaving_codes WHERE telegram_user_id > :after AND telegram_user_id <= :last AND {leaving_codes_are_old}

-- fragment: code_sends_are_old
sent_at < :before

-- name: page_of_code_sends
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT send_id AS key, CASE WHEN {code_sends_are_old} THEN 1 ELSE 0 END AS is_old FROM code_sends
      WHERE send_id > :after ORDER BY send_id LIMIT :most) AS page

-- name: drop_code_sends
DELETE FROM code_sends WHERE send_id > :after AND send_id <= :last AND {code_sends_are_old}

-- fragment: conversations_are_old
updated_at < :before

-- name: page_of_conversations
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT conversation_key AS key, CASE WHEN {conversations_are_old} THEN 1 ELSE 0 END AS is_old FROM conversations
      WHERE conversation_key > :after ORDER BY conversation_key LIMIT :most) AS page

-- name: drop_conversations
DELETE FROM conversations WHERE conversation_key > :after AND conversation_key <= :last AND {conversations_are_old}

-- fragment: handled_updates_are_old
handled_at < :before

-- name: page_of_handled_updates
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT update_id AS key, CASE WHEN {handled_updates_are_old} THEN 1 ELSE 0 END AS is_old FROM handled_updates
      WHERE update_id > :after ORDER BY update_id LIMIT :most) AS page

-- name: drop_handled_updates
DELETE FROM handled_updates WHERE update_id > :after AND update_id <= :last AND {handled_updates_are_old}

-- fragment: provider_events_are_old
received_at < :before

-- name: page_of_provider_events
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT event_id AS key, CASE WHEN {provider_events_are_old} THEN 1 ELSE 0 END AS is_old FROM provider_events
      WHERE event_id > :after ORDER BY event_id LIMIT :most) AS page

-- name: drop_provider_events
DELETE FROM provider_events WHERE event_id > :after AND event_id <= :last AND {provider_events_are_old}

-- fragment: unmatched_events_are_old
received_at < :before

-- name: page_of_unmatched_events
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT event_id AS key, CASE WHEN {unmatched_events_are_old} THEN 1 ELSE 0 END AS is_old FROM unmatched_events
      WHERE event_id > :after ORDER BY event_id LIMIT :most) AS page

-- name: drop_unmatched_events
DELETE FROM unmatched_events WHERE event_id > :after AND event_id <= :last AND {unmatched_events_are_old}

-- fragment: activity_are_old
payment_id IS NULL AND at < :before

-- name: page_of_activity
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT entry_id AS key, CASE WHEN {activity_are_old} THEN 1 ELSE 0 END AS is_old FROM journal
      WHERE entry_id > :after ORDER BY entry_id LIMIT :most) AS page

-- name: drop_activity
DELETE FROM journal WHERE entry_id > :after AND entry_id <= :last AND {activity_are_old}

-- fragment: pay_messages_are_old
kind = 'pay_message' AND state IN ('sent', 'superseded', 'dropped') AND created_at < :before

-- name: page_of_pay_messages
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT message_id AS key, CASE WHEN {pay_messages_are_old} THEN 1 ELSE 0 END AS is_old FROM outbox
      WHERE message_id > :after ORDER BY message_id LIMIT :most) AS page

-- name: drop_pay_messages
DELETE FROM outbox WHERE message_id > :after AND message_id <= :last AND {pay_messages_are_old}

-- fragment: rendered_are_old
rendered IS NOT NULL AND state <> 'waiting' AND created_at < :before

-- name: page_of_rendered
SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT message_id AS key, CASE WHEN {rendered_are_old} THEN 1 ELSE 0 END AS is_old FROM outbox
      WHERE message_id > :after ORDER BY message_id LIMIT :most) AS page

-- name: drop_rendered
UPDATE outbox SET rendered = NULL WHERE message_id > :after AND message_id <= :last AND {rendered_are_old}
