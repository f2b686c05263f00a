-- name: customer
SELECT telegram_user_id, language, name, username, email, email_verified_at, language_chosen
FROM customers WHERE telegram_user_id = :telegram_user_id

-- name: customers_called
SELECT telegram_user_id, name, username FROM customers WHERE lower(username) = :username
ORDER BY updated_at DESC, telegram_user_id LIMIT :most

-- name: save_customer
INSERT INTO customers (telegram_user_id, language, language_chosen, name, username, email, email_verified_at, updated_at)
VALUES (:telegram_user_id, :language, :language_chosen, :name, :username, :email, :email_verified_at, :now)
ON CONFLICT (telegram_user_id) DO UPDATE
SET language = excluded.language, language_chosen = excluded.language_chosen, name = excluded.name,
    username = excluded.username, email = excluded.email, email_verified_at = excluded.email_verified_at,
    updated_at = excluded.updated_at

-- name: delete_customer
DELETE FROM customers WHERE telegram_user_id = :telegram_user_id

-- name: code_sends
SELECT telegram_user_id, mailbox_hash, sent_at, send_id, request_id FROM code_sends
WHERE (telegram_user_id = :telegram_user_id OR mailbox_hash = :mailbox_hash) AND sent_at > :since

-- name: add_code_send
INSERT INTO code_sends (telegram_user_id, mailbox_hash, sent_at, request_id)
VALUES (:telegram_user_id, :mailbox_hash, :sent_at, :request_id)
RETURNING send_id

-- name: forget_code_send
DELETE FROM code_sends WHERE send_id = :send_id

-- name: drop_old_code_sends
DELETE FROM code_sends WHERE sent_at < :before

-- name: replace_code
INSERT INTO verification_codes (telegram_user_id, email, code_hash, expires_at, attempts_left)
VALUES (:telegram_user_id, :email, :code_hash, :expires_at, :attempts_left)
ON CONFLICT (telegram_user_id) DO UPDATE
SET email = excluded.email, code_hash = excluded.code_hash, expires_at = excluded.expires_at,
    attempts_left = excluded.attempts_left

-- name: pending_code
SELECT telegram_user_id, email, code_hash, expires_at, attempts_left FROM verification_codes
WHERE telegram_user_id = :telegram_user_id

-- name: spend_try
UPDATE verification_codes SET attempts_left = attempts_left - 1
WHERE telegram_user_id = :telegram_user_id AND attempts_left > 0 AND expires_at > :now
RETURNING telegram_user_id, email, code_hash, expires_at, attempts_left

-- name: use_up_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash
RETURNING email

-- name: delete_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id

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

-- name: update_seen
SELECT 1 FROM handled_updates WHERE update_id = :update_id

-- name: note_update
INSERT INTO handled_updates (update_id, handled_at) VALUES (:update_id, :now) ON CONFLICT (update_id) DO NOTHING

-- name: drop_old_updates
DELETE FROM handled_updates WHERE handled_at < :before
