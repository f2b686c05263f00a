-- name: conversation
SELECT state FROM conversations WHERE conversation_key = :conversation_key

-- name: put_conversation
INSERT INTO conversations (conversation_key, telegram_user_id, state, updated_at)
VALUES (:conversation_key, :telegram_user_id, :state, :now)
ON CONFLICT (conversation_key) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at

-- name: delete_conversation
DELETE FROM conversations WHERE conversation_key = :conversation_key

-- name: delete_conversations_of
DELETE FROM conversations WHERE telegram_user_id = :telegram_user_id
