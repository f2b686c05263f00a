-- name: add
INSERT INTO outbox (dedupe_key, channel, kind, recipient, payment_id, details, state, attempts, due_at, created_at)
VALUES (:dedupe_key, :channel, :kind, :recipient, :payment_id, :details, 'waiting', 0, :due_at, :created_at)
ON CONFLICT (dedupe_key) DO NOTHING

-- name: silence_failures
UPDATE outbox SET state = 'superseded', rendered = NULL
WHERE payment_id = :payment_id AND kind IN ('payment_failed', 'mail_undelivered')
  AND state IN ('waiting', 'parked')

-- name: supersede
UPDATE outbox SET state = 'superseded', rendered = NULL WHERE dedupe_key = :dedupe_key AND state = 'waiting'

-- name: replace_failure_mail
UPDATE outbox SET state = 'superseded', rendered = NULL
WHERE payment_id = :payment_id AND kind = 'payment_failed' AND channel = 'mail'
  AND state IN ('waiting', 'parked') AND lease_until IS NULL

-- A lease ends when it is given or taken back: by no clock, which may jump, and differs from machine to machine.
-- fragment: take_lease
UPDATE outbox SET lease_until = :lease_until, lease_owner = :worker, attempts = attempts + 1
WHERE message_id IN (
    SELECT message_id FROM outbox AS mine
    WHERE state = 'waiting' AND due_at <= :now AND lease_owner IS NULL
      AND (:which = 'all' OR failing_since IS NULL)

-- What carries a product's files, of products whose files are large.
-- fragment: in_lane
      AND (:lane = 'all' OR :lane = CASE
          WHEN (kind = 'payment_file' OR kind = 'payment_paid' AND channel = 'mail') AND EXISTS (
              SELECT 1 FROM payments
              WHERE payments.payment_id = mine.payment_id AND :skus LIKE '%,' || payments.sku || ',%')
          THEN 'heavy' ELSE 'light' END)

-- To one person, or about one payment, messages leave in their order: only the oldest waiting one of each may be taken.
-- A chat message that is to go (PayMessage.left) says nothing, and none waits until it is gone.
-- fragment: in_order
      AND channel = :channel AND NOT EXISTS (
          SELECT 1 FROM outbox AS earlier
          WHERE earlier.state = 'waiting' AND earlier.channel = :channel AND earlier.recipient = mine.recipient
            AND earlier.message_id < mine.message_id
            AND (earlier.kind <> 'payment_file' OR mine.kind = 'payment_file')
            AND (earlier.kind <> 'pay_message' OR earlier.details NOT LIKE '%"left"%'))
      {in_lane}
    ORDER BY due_at, message_id LIMIT :most

-- Mails to one person leave in their order too, but none waits for a failure notice, which may wait for long itself.
-- A failure notice waits ten minutes after the last one of its payment has left, or may just be leaving.
-- fragment: mail_with_pauses
      AND channel = 'mail' AND NOT (kind = 'payment_failed' AND EXISTS (
          SELECT 1 FROM outbox AS other
          WHERE other.payment_id = mine.payment_id AND other.kind = 'payment_failed' AND other.channel = 'mail'
            AND other.message_id <> mine.message_id
            AND (other.sent_at > :quiet_since AND other.sent_at <= :latest OR (other.state = 'waiting' AND other.message_id < mine.message_id))))
      AND NOT EXISTS (
          SELECT 1 FROM outbox AS earlier
          WHERE earlier.state = 'waiting' AND earlier.channel = 'mail' AND earlier.recipient = mine.recipient
            AND earlier.message_id < mine.message_id AND earlier.kind <> 'payment_failed'
            AND (earlier.attempts > 0 OR earlier.due_at <= :now))
      {in_lane}
    ORDER BY due_at, message_id LIMIT :most

-- fragment: taken
RETURNING message_id, dedupe_key, channel, kind, recipient, payment_id, details, attempts, created_at, rendered,
    failing_since, unclear

-- name: claim_in_order
{take_lease} {in_order}) {taken}

-- name: claim_in_order @postgres
{take_lease} {in_order} FOR UPDATE SKIP LOCKED) {taken}

-- name: claim_mail
{take_lease} {mail_with_pauses}) {taken}

-- name: claim_mail @postgres
{take_lease} {mail_with_pauses} FOR UPDATE SKIP LOCKED) {taken}

-- What waits behind a message, of the same kind and to the same person, and nobody holds.
-- name: waiting_behind
SELECT message_id, payment_id FROM outbox
WHERE state = 'waiting' AND channel = :channel AND recipient = :recipient AND message_id > :message_id
  AND kind = :kind AND due_at <= :now AND lease_owner IS NULL
ORDER BY message_id LIMIT :most

-- name: mark_told_along
UPDATE outbox SET state = 'sent', sent_at = :now
WHERE message_id = :message_id AND state = 'waiting' AND lease_owner IS NULL

-- name: waiting_for_customers
SELECT message_id, dedupe_key, kind, details, payment_id FROM outbox
WHERE state = 'waiting' AND channel IN ('chat', 'mail')
  AND kind IN ('payment_paid', 'payment_file', 'payment_failed', 'payment_refunded', 'mail_undelivered')
  AND (attempts > 0 OR due_at <= :now)
ORDER BY message_id

-- name: is_known
SELECT 1 FROM outbox WHERE dedupe_key = :dedupe_key

-- name: set_aside
UPDATE outbox SET state = 'parked', last_error = :reason
WHERE dedupe_key = :dedupe_key AND state = 'waiting' AND lease_owner IS NULL

-- name: next_due
SELECT due_at FROM outbox
WHERE state = 'waiting' AND channel = :channel AND lease_owner IS NULL
ORDER BY due_at LIMIT 1

-- What a clock that was ahead has put off; and what a service has, for longer than it is let alone by itself, that has
-- answered since.
-- fragment: put_off_too_far
WHERE state = 'waiting' AND channel = :channel AND lease_owner IS NULL AND due_at > :latest
  AND (COALESCE(scheduled_at, created_at) > :latest OR last_error IS NOT NULL AND scheduled_at < :answered_at)

-- name: is_put_off_too_far
SELECT 1 FROM outbox {put_off_too_far} LIMIT 1

-- name: bring_back
UPDATE outbox SET due_at = :now, scheduled_at = :now {put_off_too_far}

-- name: store_rendered
UPDATE outbox SET rendered = :rendered WHERE message_id = :message_id

-- name: note_file_used
INSERT INTO stored_files (digest, used_at) VALUES (:digest, :now)
ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at WHERE stored_files.used_at < :renew_before

-- name: file_is_there
SELECT 1 FROM file_contents WHERE digest = :digest

-- name: store_file
INSERT INTO file_contents (digest, content) VALUES (:digest, :content) ON CONFLICT (digest) DO NOTHING

-- name: file_content
SELECT digest, content FROM file_contents WHERE digest = :digest

-- name: drop_old_contents
DELETE FROM file_contents WHERE digest IN (SELECT digest FROM stored_files WHERE used_at < :before)

-- name: drop_old_files
DELETE FROM stored_files WHERE used_at < :before

-- A worker that has lost it and taken it anew has another lease.
-- name: still_wanted
SELECT 1 FROM outbox
WHERE message_id = :message_id AND state = 'waiting' AND lease_owner = :worker AND attempts = :attempts

-- name: mark_sent
UPDATE outbox
SET state = 'sent', sent_at = :now, provider_id = COALESCE(NULLIF(:provider_id, ''), provider_id), rendered = NULL, lease_until = NULL,
    lease_owner = NULL, last_error = CASE WHEN fate IS NULL THEN NULL ELSE last_error END
WHERE message_id = :message_id

-- name: renew
UPDATE outbox SET lease_until = :lease_until
WHERE message_id = :message_id AND lease_owner = :worker AND state = 'waiting'

-- name: leases
SELECT message_id, lease_owner, lease_until FROM outbox
WHERE state = 'waiting' AND channel = :channel AND lease_owner IS NOT NULL

-- name: take_back
UPDATE outbox SET lease_until = NULL, lease_owner = NULL
WHERE message_id = :message_id AND lease_owner = :worker AND lease_until = :lease_until AND state = 'waiting'

-- fragment: mine
WHERE message_id = :message_id AND lease_owner = :worker AND state = 'waiting'

-- name: put_off
UPDATE outbox SET due_at = :due_at, scheduled_at = :now, last_error = :error, lease_until = NULL, lease_owner = NULL
{mine}

-- name: retry_later
UPDATE outbox
SET due_at = :due_at, scheduled_at = :now, last_error = :error, lease_until = NULL, lease_owner = NULL,
    unclear = :unclear, failing_since = CASE WHEN failing_since < :now THEN failing_since ELSE :now END
{mine}

-- name: park
UPDATE outbox SET state = 'parked', last_error = :error, lease_until = NULL, lease_owner = NULL {mine}

-- name: release
UPDATE outbox SET lease_until = NULL, lease_owner = NULL WHERE lease_owner = :worker AND state = 'waiting'

-- name: release_all
UPDATE outbox SET lease_until = NULL, lease_owner = NULL WHERE lease_owner IS NOT NULL AND state = 'waiting'

-- Of a kind that several rows tell, the newest counts; of a product's files each one of those that were made with the
-- newest: what was sent again makes up for what did not leave before.
-- name: dead
SELECT state IN ('parked', 'dropped') OR COALESCE(fate, '') IN ('failed', 'suppressed', 'bounced') AS is_dead FROM outbox
WHERE payment_id = :payment_id AND channel = :channel AND kind = :kind AND state <> 'superseded'
ORDER BY kind = 'payment_file' AND created_at = (
    SELECT newest.created_at FROM outbox AS newest
    WHERE newest.payment_id = :payment_id AND newest.channel = :channel AND newest.kind = :kind
    ORDER BY newest.message_id DESC LIMIT 1) DESC, kind = 'payment_file' AND state = 'parked' DESC, message_id DESC LIMIT 1

-- fragment: mails
SELECT message_id, kind, recipient, payment_id, details, state, fate, created_at
FROM outbox WHERE channel = 'mail'

-- fragment: tried_but_not_noted
{mails} AND payment_id = :payment_id AND kind = :kind AND provider_id IS NULL AND attempts > 0 ORDER BY message_id

-- name: mails
{mails} AND payment_id = :payment_id AND kind = :kind ORDER BY message_id

-- name: of_payment
SELECT channel, kind, recipient, details, state, fate, last_error, due_at, created_at, sent_at, provider_id FROM outbox
WHERE payment_id = :payment_id ORDER BY message_id

-- name: mail_by_provider_id
{mails} AND provider_id = :provider_id

-- The lock makes what is told of one mail wait in line.
-- name: mail_by_provider_id @postgres
{mails} AND provider_id = :provider_id FOR UPDATE

-- name: mails_by_tags
{tried_but_not_noted}

-- name: mails_by_tags @postgres
{tried_but_not_noted} FOR UPDATE

-- name: record_mail_status
UPDATE outbox
SET fate = :fate, last_error = :reason, provider_id = COALESCE(provider_id, :provider_id), state = 'sent',
    sent_at = COALESCE(sent_at, :now), rendered = NULL, lease_until = NULL, lease_owner = NULL
WHERE message_id = :message_id

-- What has not left.
-- fragment: unsent
SELECT message_id, channel, kind, recipient, payment_id, state, attempts, last_error, created_at, due_at
FROM outbox WHERE state IN ('waiting', 'parked')

-- name: unsent
{unsent} AND message_id > :after AND (state = 'parked' OR last_error IS NOT NULL OR due_at <= :waiting_since)
ORDER BY message_id LIMIT :most

-- name: unsent_one
{unsent} AND message_id = :message_id

-- What a worker holds may be on its way.
-- fragment: nobody_holds_it
WHERE message_id = :message_id AND state IN ('waiting', 'parked') AND lease_owner IS NULL

-- name: try_now
UPDATE outbox SET state = 'waiting', due_at = :now, scheduled_at = :now, failing_since = NULL, unclear = 0, lease_until = NULL, lease_owner = NULL
{nobody_holds_it}

-- What its service has put off leaves with it; not in chats, each of which Telegram may want left alone for itself.
-- name: try_with_it
UPDATE outbox SET due_at = :now, scheduled_at = :now
WHERE state = 'waiting' AND lease_owner IS NULL AND due_at > :now AND last_error IS NOT NULL
  AND channel = (SELECT channel FROM outbox WHERE message_id = :message_id AND channel <> 'chat')

-- fragment: nobody_was_there
AND (last_error LIKE '%has blocked the bot%' OR last_error LIKE '%not pressed Start%' OR last_error LIKE '%no such chat%')

-- What a customer has missed of their payments while the bot was blocked, or before they had pressed Start in it; of
-- what was given back whole or disputed no purchase. Found by their payments: the channel is hidden from SQLite, which
-- would look through all that is parked.
-- name: try_missed
UPDATE outbox SET state = 'waiting', due_at = :now, scheduled_at = :now, failing_since = NULL, unclear = 0
WHERE payment_id IN (SELECT payment_id FROM payments WHERE telegram_user_id = :telegram_user_id)
  AND channel || '' = 'chat' AND state = 'parked'
  {nobody_was_there}
  AND (kind = 'pay_message' OR kind IN ('payment_paid', 'payment_file') AND NOT EXISTS (
      SELECT 1 FROM payments WHERE payments.payment_id = outbox.payment_id AND status IN ('refunded', 'disputed')))

-- What an admin is still to hear of a payment, as above: neither what was sold meanwhile, nor what others have seen to.
-- name: try_missed_alerts
UPDATE outbox SET state = 'waiting', due_at = :now, scheduled_at = :now, failing_since = NULL, unclear = 0
WHERE channel = 'chat' AND state = 'parked' AND recipient = :recipient {nobody_was_there}
  AND kind LIKE 'admin!_%' ESCAPE '!' AND EXISTS (
      SELECT 1 FROM payments WHERE payments.payment_id = outbox.payment_id AND CASE kind
          WHEN 'admin_review' THEN payments.status = 'review'
          WHEN 'admin_to_do' THEN payments.fulfilment = 'to_do'
          WHEN 'admin_fraud_warning' THEN payments.status NOT IN ('refunded', 'disputed')
          ELSE kind NOT IN ('admin_sold', 'admin_first_payment') END)

-- name: drop
UPDATE outbox SET state = 'dropped', rendered = NULL, lease_until = NULL, lease_owner = NULL {nobody_holds_it}
