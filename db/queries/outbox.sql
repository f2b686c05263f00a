-- name: add
INSERT INTO outbox (dedupe_key, channel, kind, recipient, payment_id, details, state, attempts, due_at, created_at)
VALUES (:dedupe_key, :channel, :kind, :recipient, :payment_id, :details, 'waiting', 0, :due_at, :created_at)
ON CONFLICT (dedupe_key) DO NOTHING

-- name: silence_failures
UPDATE outbox SET state = 'superseded', rendered = NULL
WHERE payment_id = :payment_id AND kind = 'payment_failed' AND state = 'waiting'

-- name: replace_failure_mail
UPDATE outbox SET state = 'superseded', rendered = NULL
WHERE payment_id = :payment_id AND kind = 'payment_failed' AND channel = 'mail' AND state = 'waiting'
  AND lease_until IS NULL

-- fragment: take_lease
UPDATE outbox SET lease_until = :lease_until, lease_owner = :worker, attempts = attempts + 1
WHERE message_id IN (
    SELECT message_id FROM outbox AS mine
    WHERE state = 'waiting' AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)

-- Chat messages to one person leave in their order: only the oldest waiting one of each may be taken.
-- fragment: chat_in_order
      AND channel = 'chat' AND NOT EXISTS (
          SELECT 1 FROM outbox AS earlier
          WHERE earlier.state = 'waiting' AND earlier.channel = 'chat' AND earlier.recipient = mine.recipient
            AND earlier.message_id < mine.message_id)
    ORDER BY due_at, message_id LIMIT :most

-- A failure notice waits ten minutes after the last one of its payment has left, or may just be leaving.
-- fragment: mail_with_pauses
      AND channel = 'mail' AND NOT (kind = 'payment_failed' AND EXISTS (
          SELECT 1 FROM outbox AS other
          WHERE other.payment_id = mine.payment_id AND other.kind = 'payment_failed' AND other.channel = 'mail'
            AND other.message_id <> mine.message_id
            AND (other.sent_at > :quiet_since OR (other.state = 'waiting' AND other.message_id < mine.message_id))))
    ORDER BY due_at, message_id LIMIT :most

-- fragment: taken
RETURNING message_id, dedupe_key, channel, kind, recipient, payment_id, details, attempts, created_at, rendered

-- name: claim_chat
{take_lease} {chat_in_order}) {taken}

-- name: claim_chat @postgres
{take_lease} {chat_in_order} FOR UPDATE SKIP LOCKED) {taken}

-- name: claim_mail
{take_lease} {mail_with_pauses}) {taken}

-- name: claim_mail @postgres
{take_lease} {mail_with_pauses} FOR UPDATE SKIP LOCKED) {taken}

-- name: next_due
SELECT due_at FROM outbox
WHERE state = 'waiting' AND channel = :channel AND (lease_until IS NULL OR lease_until <= :now)
ORDER BY due_at LIMIT 1

-- name: store_rendered
UPDATE outbox SET rendered = :rendered WHERE message_id = :message_id

-- name: still_wanted
SELECT 1 FROM outbox WHERE message_id = :message_id AND state = 'waiting' AND lease_owner = :worker

-- name: mark_sent
UPDATE outbox
SET state = 'sent', sent_at = :now, provider_id = :provider_id, rendered = NULL, lease_until = NULL,
    lease_owner = NULL, last_error = NULL
WHERE message_id = :message_id

-- name: retry_later
UPDATE outbox SET due_at = :due_at, last_error = :error, lease_until = NULL, lease_owner = NULL
WHERE message_id = :message_id AND lease_owner = :worker AND state = 'waiting'

-- name: park
UPDATE outbox SET state = 'parked', last_error = :error, lease_until = NULL, lease_owner = NULL
WHERE message_id = :message_id AND lease_owner = :worker AND state = 'waiting'

-- name: release
UPDATE outbox SET lease_until = NULL, lease_owner = NULL WHERE lease_owner = :worker AND state = 'waiting'

-- name: release_all
UPDATE outbox SET lease_until = NULL, lease_owner = NULL WHERE lease_owner IS NOT NULL AND state = 'waiting'

-- name: parked
SELECT 1 FROM outbox WHERE payment_id = :payment_id AND channel = :channel AND kind = :kind AND state = 'parked' LIMIT 1

-- A late "sent" must not hide that the mail has bounced or arrived.
-- name: note_fate
UPDATE outbox SET fate = :fate
WHERE provider_id = :provider_id AND channel = 'mail'
  AND (fate IS NULL OR fate IN ('sent', 'delivery_delayed') OR :final_fate = 1)

-- name: note_fate @postgres
UPDATE outbox SET fate = :fate
WHERE provider_id = :provider_id AND channel = 'mail'
  AND (fate IS NULL OR fate IN ('sent', 'delivery_delayed') OR :final_fate::int = 1)
