-- The columns stand in the order that db/rows.py reads.
-- fragment: payments
SELECT payment_id, pay_token, payment_intent_id, telegram_user_id, email, sku, title, amount, currency, status,
       failure_code, failure_message, amount_refunded, livemode, language, attempt, chat_message_id, receipt_number,
       failure_told_at, ledger, version, created_at, expires_at, paid_at, updated_at
FROM payments

-- name: get
{payments}
WHERE payment_id = :payment_id

-- name: by_token
{payments}
WHERE pay_token = :pay_token

-- name: by_intent
{payments}
WHERE payment_intent_id = :payment_intent_id

-- name: open_of
{payments}
WHERE telegram_user_id = :telegram_user_id AND sku = :sku
  AND status IN ('pending', 'failed', 'canceled', 'processing')
ORDER BY created_at DESC, payment_id DESC LIMIT 20

-- name: of_customer
{payments}
WHERE telegram_user_id = :telegram_user_id
ORDER BY created_at DESC, payment_id DESC LIMIT :most

-- name: newest
{payments}
WHERE (created_at, payment_id) < (:before_at, :before_id)
ORDER BY created_at DESC, payment_id DESC LIMIT :most

-- name: newest_with_status
{payments}
WHERE status = :status AND (created_at, payment_id) < (:before_at, :before_id)
ORDER BY created_at DESC, payment_id DESC LIMIT :most

-- name: by_email
{payments}
WHERE email >= :beginning AND email < :end
ORDER BY email, created_at DESC LIMIT :most

-- name: past_their_time
{payments}
WHERE status IN ('pending', 'failed', 'canceled') AND expires_at <= :now
ORDER BY expires_at LIMIT :most

-- name: known
{payments}
WHERE payment_id IN (SELECT value FROM json_each(:payment_ids))
   OR payment_intent_id IN (SELECT value FROM json_each(:intent_ids))

-- The advisory lock lets one replica record at a time: receipt numbers have no gaps, and no deadlock is possible.
-- name: known @postgres
WITH recording AS MATERIALIZED (SELECT pg_advisory_xact_lock(7265412))
{payments}
WHERE (SELECT count(*) FROM recording) = 1 AND (payment_id IN (SELECT json_array_elements_text(:payment_ids::json))
   OR payment_intent_id IN (SELECT json_array_elements_text(:intent_ids::json)))
ORDER BY payment_id

-- name: add
INSERT INTO payments (payment_id, pay_token, payment_intent_id, telegram_user_id, email, sku, title, amount, currency,
    status, failure_code, failure_message, amount_refunded, livemode, language, attempt, chat_message_id,
    receipt_number, failure_told_at, ledger, version, created_at, expires_at, paid_at, updated_at)
VALUES (:payment_id, :pay_token, :payment_intent_id, :telegram_user_id, :email, :sku, :title, :amount, :currency,
    :status, :failure_code, :failure_message, :amount_refunded, :livemode, :language, :attempt, :chat_message_id,
    :receipt_number, :failure_told_at, :ledger, 0, :created_at, :expires_at, :paid_at, :updated_at)

-- name: update
UPDATE payments
SET payment_intent_id = :payment_intent_id, status = :status, failure_code = :failure_code,
    failure_message = :failure_message, amount_refunded = :amount_refunded, attempt = :attempt,
    receipt_number = :receipt_number, failure_told_at = :failure_told_at, ledger = :ledger,
    expires_at = :expires_at, paid_at = :paid_at, updated_at = :updated_at, version = version + 1
WHERE payment_id = :payment_id AND version = :version

-- name: note_chat_message
UPDATE payments SET chat_message_id = :chat_message_id WHERE payment_id = :payment_id
