-- name: code_sends
SELECT telegram_user_id, mailbox_hash, sent_at, send_id, request_id FROM code_sends
WHERE (telegram_user_id = :telegram_user_id OR mailbox_hash = :mailbox_hash) AND sent_at > :since

-- What lies in the future was noted by a clock that was ahead, and counts as now from now on.
-- name: bring_sends_back
UPDATE code_sends SET sent_at = :now
WHERE (telegram_user_id = :telegram_user_id OR mailbox_hash = :mailbox_hash) AND sent_at > :now

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
UPDATE verification_codes
SET attempts_left = attempts_left - 1, expires_at = CASE WHEN expires_at > :latest THEN :latest ELSE expires_at END
WHERE telegram_user_id = :telegram_user_id AND attempts_left > 0 AND expires_at > :now
RETURNING telegram_user_id, email, code_hash, expires_at, attempts_left

-- name: use_up_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash
RETURNING email

-- name: delete_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id
