-- name: note
INSERT INTO journal (telegram_user_id, payment_id, what, details, at)
VALUES (:telegram_user_id, :payment_id, :what, :details, :at)
ON CONFLICT DO NOTHING

-- name: erase
DELETE FROM journal WHERE telegram_user_id = :telegram_user_id AND payment_id IS NULL

-- fragment: entries
SELECT telegram_user_id, payment_id, what, details, at FROM journal

-- name: of_payment
{entries} WHERE payment_id = :payment_id ORDER BY at, entry_id

-- The newest first.
-- name: before_payment
{entries} WHERE payment_id IS NULL AND telegram_user_id = :telegram_user_id AND at <= :created_at
ORDER BY at DESC, entry_id DESC LIMIT :most
