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

-- fragment: code
telegram_user_id, email, code_hash, expires_at, attempts_left

-- fragment: replaced
ON CONFLICT (telegram_user_id) DO UPDATE
SET email = excluded.email, code_hash = excluded.code_hash, expires_at = excluded.expires_at,
    attempts_left = excluded.attempts_left

-- fragment: lives
telegram_user_id = :telegram_user_id AND attempts_left > 0 AND expires_at > :now

-- fragment: one_try_less
attempts_left = attempts_left - 1, expires_at = CASE WHEN expires_at > :latest THEN :latest ELSE expires_at END

-- A code is valid beside the one before until its mail has left; then it is the only one.
-- name: put
INSERT INTO leaving_codes ({code}) VALUES (:telegram_user_id, :email, :code_hash, :expires_at, :attempts_left)
{replaced}

-- name: has_left
INSERT INTO verification_codes ({code})
SELECT {code} FROM leaving_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash
{replaced}

-- name: delete_leaving
DELETE FROM leaving_codes WHERE telegram_user_id = :telegram_user_id

-- name: withdraw
DELETE FROM leaving_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash

-- name: pending_codes
SELECT {code}, 0 AS is_leaving FROM verification_codes WHERE telegram_user_id = :telegram_user_id
UNION ALL SELECT {code}, 1 FROM leaving_codes WHERE telegram_user_id = :telegram_user_id ORDER BY is_leaving

-- name: codes_to
SELECT {code} FROM verification_codes WHERE email = :email
UNION ALL SELECT {code} FROM leaving_codes WHERE email = :email

-- name: spend_try
UPDATE verification_codes SET {one_try_less} WHERE {lives} RETURNING {code}

-- name: spend_try_of_leaving
UPDATE leaving_codes SET {one_try_less} WHERE {lives} RETURNING {code}

-- name: use_up_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash
RETURNING email

-- name: use_up_leaving
DELETE FROM leaving_codes WHERE telegram_user_id = :telegram_user_id AND code_hash = :code_hash
RETURNING email

-- name: delete_code
DELETE FROM verification_codes WHERE telegram_user_id = :telegram_user_id

-- name: code_sends_of_all
SELECT sent_at FROM code_sends WHERE sent_at > :since ORDER BY sent_at DESC
