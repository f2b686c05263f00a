-- The columns of a payment, each named here and as a field of checkout/model/payment.py; db/repositories/payment_rows.py
-- knows what differs. These an update leaves alone: the row is known by them, or they are changed by queries of their own.
-- fragment: kept
payment_id, pay_token, telegram_user_id, email, sku, title, language, chat_message_id, created_at

-- fragment: changing
payment_intent_id, amount, currency, livemode, status, failure_code, failure_message, amount_refunded, attempt,
receipt_number, failure_told_at, ledger, expires_at, paid_at, close_intent_at, fulfilment, updated_at

-- These follow from the ledger, and are only to be searched by and exported.
-- fragment: derived
card_last4, fee, net, settled_currency

-- fragment: payments
SELECT {kept}, {changing}, version FROM payments

-- name: get
{payments}
WHERE payment_id = :payment_id

-- name: by_ids
{payments}
WHERE payment_id IN (SELECT value FROM json_each(:payment_ids))

-- name: by_ids @postgres
{payments}
WHERE payment_id = ANY(ARRAY(SELECT json_array_elements_text(:payment_ids::json)))

-- name: by_token
{payments}
WHERE pay_token = :pay_token

-- name: open_of
{payments}
WHERE telegram_user_id = :telegram_user_id AND sku = :sku
  AND status IN ('pending', 'failed', 'canceled', 'processing', 'review')
ORDER BY created_at DESC, payment_id DESC LIMIT 20

-- name: others_open
{payments}
WHERE telegram_user_id = :telegram_user_id AND sku = :sku AND payment_id <> :payment_id
  AND status IN ('pending', 'processing', 'review')
ORDER BY created_at DESC, payment_id DESC LIMIT 20

-- name: of_customer
{payments}
WHERE telegram_user_id = :telegram_user_id
ORDER BY created_at DESC, payment_id DESC LIMIT :most

-- A PaymentIntent that was replaced by a fresh one still leads to its payment.
-- name: by_any_id
{payments}
WHERE payment_id = :any_id OR payment_intent_id = :any_id
   OR payment_id = (SELECT payment_id FROM journal WHERE what = 'intent_made' AND details = :any_id LIMIT 1)

-- name: by_receipt_number
{payments} WHERE receipt_number = :number

-- What a page of a list needs to go on from this payment.
-- name: cursor
SELECT payment_id, created_at, payments.email, telegram_user_id, COALESCE(card_last4, '') AS card_last4,
    COALESCE(name, '') AS name, COALESCE(username, '') AS username
FROM payments LEFT JOIN customers USING (telegram_user_id)
WHERE payment_id = :payment_id

-- Pages of lists: those after a place, or those before it in the order from there upwards.
-- fragment: older
(created_at, payment_id) < (:at, :payment_id)
ORDER BY created_at DESC, payment_id DESC LIMIT :most

-- fragment: newer
(created_at, payment_id) > (:at, :payment_id)
ORDER BY created_at, payment_id LIMIT :most

-- name: all_older
{payments} WHERE {older}

-- name: all_newer
{payments} WHERE {newer}

-- In the order of one index alone: asked for one status, PostgreSQL may walk through all newer payments instead.
-- name: status_older
{payments}
WHERE status >= :value AND (status, created_at, payment_id) < (:value, :at, :payment_id)
ORDER BY status DESC, created_at DESC, payment_id DESC LIMIT :most

-- name: status_newer
{payments}
WHERE status <= :value AND (status, created_at, payment_id) > (:value, :at, :payment_id)
ORDER BY status, created_at, payment_id LIMIT :most

-- What waits for a person; money that was given back whole has ended it.
-- name: todo_older
{payments} WHERE fulfilment = 'to_do' AND status <> 'refunded' AND {older}

-- name: todo_newer
{payments} WHERE fulfilment = 'to_do' AND status <> 'refunded' AND {newer}

-- What a person was to send and the program can: a dispute is left to people.
-- name: to_deliver
{payments}
WHERE fulfilment = 'to_do' AND status IN ('paid', 'partially_refunded') AND (created_at, payment_id) > (:at, :payment_id)
  AND sku IN (SELECT value FROM json_each(:skus))
ORDER BY created_at, payment_id LIMIT :most

-- name: to_deliver @postgres
{payments}
WHERE fulfilment = 'to_do' AND status IN ('paid', 'partially_refunded') AND (created_at, payment_id) > (:at, :payment_id)
  AND sku = ANY(ARRAY(SELECT json_array_elements_text(:skus::json)))
ORDER BY created_at, payment_id LIMIT :most

-- name: id_older
{payments} WHERE telegram_user_id = :value AND {older}

-- name: id_newer
{payments} WHERE telegram_user_id = :value AND {newer}

-- name: card_older
{payments} WHERE card_last4 = :value AND {older}

-- name: card_newer
{payments} WHERE card_last4 = :value AND {newer}

-- By the beginning of an address: address by address, the newest of each first.
-- name: mail_older
{payments}
WHERE email >= :email AND email < :beyond
  AND (email > :email OR (created_at, payment_id) < (:at, :payment_id))
ORDER BY email, created_at DESC, payment_id DESC LIMIT :most

-- name: mail_newer
{payments}
WHERE email >= :value AND email <= :email
  AND (email < :email OR (created_at, payment_id) > (:at, :payment_id))
ORDER BY email DESC, created_at, payment_id LIMIT :most

-- A database's own language may sort an address otherwise than letter by letter.
-- name: mail_older @postgres
{payments}
WHERE email COLLATE "C" >= :email AND email COLLATE "C" < :beyond
  AND (email COLLATE "C" > :email OR (created_at, payment_id) < (:at, :payment_id))
ORDER BY email COLLATE "C", created_at DESC, payment_id DESC LIMIT :most

-- name: mail_newer @postgres
{payments}
WHERE email COLLATE "C" >= :value AND email COLLATE "C" <= :email
  AND (email COLLATE "C" < :email OR (created_at, payment_id) > (:at, :payment_id))
ORDER BY email COLLATE "C" DESC, created_at, payment_id LIMIT :most

-- name: past_their_time
{payments}
WHERE status IN ('pending', 'failed', 'canceled') AND expires_at <= :now
ORDER BY expires_at LIMIT :most

-- Before its time what may end while somebody is at their bank: where another link has brought the money since.
-- name: to_close
{payments}
WHERE close_intent_at <= :ends_by AND (close_intent_at <= :now OR EXISTS (
    SELECT 1 FROM payments AS newer
    WHERE newer.telegram_user_id = payments.telegram_user_id AND newer.sku = payments.sku
      AND newer.created_at > payments.created_at
      AND newer.status IN ('processing', 'review', 'paid', 'partially_refunded', 'refunded', 'disputed')))
ORDER BY close_intent_at LIMIT :most

-- name: put_off_closing
UPDATE payments SET close_intent_at = :close_intent_at
WHERE payment_id = :payment_id AND close_intent_at IS NOT NULL

-- name: under_way
{payments}
WHERE status IN ('pending', 'processing', 'failed') AND payment_intent_id IS NOT NULL
  AND created_at > :after AND (updated_at < :quiet_since OR updated_at > :latest)
ORDER BY created_at LIMIT :most

-- name: known
{payments}
WHERE payment_id IN (SELECT value FROM json_each(:payment_ids))
   OR payment_intent_id IN (SELECT value FROM json_each(:intent_ids))

-- Arrays and two look-ups: with IN and OR PostgreSQL reads the whole table.
-- name: known @postgres
{payments} WHERE payment_id = ANY(ARRAY(SELECT json_array_elements_text(:payment_ids::json)))
UNION
{payments} WHERE payment_intent_id IS NOT NULL
   AND payment_intent_id = ANY(ARRAY(SELECT json_array_elements_text(:intent_ids::json)))

-- name: by_known_intents
SELECT payment_intent_id, payment_id FROM payments
WHERE payment_intent_id IN (SELECT value FROM json_each(:intent_ids))

-- name: by_known_intents @postgres
SELECT payment_intent_id, payment_id FROM payments
WHERE payment_intent_id = ANY(ARRAY(SELECT json_array_elements_text(:intent_ids::json)))

-- Those whose PaymentIntent of this id was replaced by a fresh one.
-- name: by_former_intents
{payments} WHERE payment_id IN (
    SELECT payment_id FROM journal
    WHERE what = 'intent_made' AND details IN (SELECT value FROM json_each(:intent_ids)))

-- name: by_former_intents @postgres
{payments} WHERE payment_id = ANY(ARRAY(
    SELECT payment_id FROM journal
    WHERE what = 'intent_made' AND details = ANY(ARRAY(SELECT json_array_elements_text(:intent_ids::json)))))

-- name: receipt_numbers_taken
SELECT receipt_number FROM payments WHERE receipt_number IN (SELECT value FROM json_each(:numbers))

-- name: receipt_numbers_taken @postgres
SELECT receipt_number FROM payments
WHERE receipt_number = ANY(ARRAY(SELECT CAST(json_array_elements_text(:numbers::json) AS BIGINT)))

-- name: add
INSERT INTO payments ({kept}, {changing}, {derived}, version) VALUES ({:kept}, {:changing}, {:derived}, 0)

-- name: update
UPDATE payments SET {=changing}, {=derived}, version = version + 1
WHERE payment_id = :payment_id AND version = :version

-- name: move_fulfilment
UPDATE payments SET fulfilment = :to, updated_at = :now, version = version + 1
WHERE payment_id = :payment_id AND fulfilment = :fulfilment AND status = :status

-- name: chat_message
SELECT chat_message_id FROM payments WHERE payment_id = :payment_id

-- name: chat_message @postgres
SELECT chat_message_id FROM payments WHERE payment_id = :payment_id FOR UPDATE

-- name: note_chat_message
UPDATE payments SET chat_message_id = :chat_message_id WHERE payment_id = :payment_id

-- It is there already where the first time was kept and the answer to its commit lost.
-- name: move_chat_message
UPDATE payments SET chat_message_id = :after
WHERE payment_id = :payment_id AND COALESCE(chat_message_id, -1) IN (:before, :after)

-- name: change_email
UPDATE payments SET email = :email, updated_at = :now WHERE payment_id = :payment_id

-- Each is a field of Record in checkout/model/csv_rows.py.
-- fragment: records
SELECT payment_id, payment_intent_id, created_at, paid_at, status, amount, currency, amount_refunded, email, sku,
    telegram_user_id, title, receipt_number, failure_code, livemode, language, updated_at, fulfilment, fee, net,
    settled_currency, CASE WHEN status = 'disputed' OR ledger LIKE '%"received"%' THEN ledger END AS odd_ledger
FROM payments

-- name: records
{records}
WHERE (created_at, payment_id) > (:after_at, :after_id) AND created_at < :until
ORDER BY created_at, payment_id LIMIT :most

-- name: records_with_status
{records}
WHERE status = :status AND (created_at, payment_id) > (:after_at, :after_id) AND created_at < :until
ORDER BY created_at, payment_id LIMIT :most
