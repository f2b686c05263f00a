-- name: add
INSERT INTO shop_identity (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING

-- name: all
SELECT name, value FROM shop_identity

-- name: put
INSERT INTO shop_identity (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- What was said by another bot, and by which ids. No message is told anew: what waits leaves by the new one.
-- name: forget_pay_messages
UPDATE payments SET chat_message_id = NULL WHERE chat_message_id IS NOT NULL

-- name: forget_sent
UPDATE outbox SET provider_id = NULL WHERE channel = 'chat' AND provider_id IS NOT NULL

-- name: forget_edits
UPDATE outbox SET state = 'superseded' WHERE state = 'waiting' AND channel = 'chat'
  AND (kind = 'pay_message' AND details LIKE '%"left"%' OR kind = 'admin_review' AND details LIKE '%"edits"%')

-- name: forget_updates
DELETE FROM handled_updates
