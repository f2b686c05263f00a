"""What a mail of the outbox says is data of its row: once it stood in the key alone which of its kind it is."""

from db.maintenance.online import on_postgres, update_in_batches

revision = "0005"
down_revision = "0004"

# What stands in a mail's key behind its kind and payment.
TAIL = "substr(dedupe_key, length('mail/' || kind || '/' || payment_id || '/') + 1)"
STATEMENTS = [
    f"""UPDATE outbox SET details = json_set(details, '$.again', {TAIL})
    WHERE channel = 'mail' AND kind = 'payment_paid' AND {{batch}} AND {TAIL} LIKE 'again-%'""",
    f"""UPDATE outbox SET details = json_set(details, '$.attempt_key', {TAIL})
    WHERE channel = 'mail' AND kind = 'payment_failed' AND {{batch}}""",
    f"""UPDATE outbox SET details = json_set(details, '$.refunds_failed',
        substr({TAIL}, length(json_extract(details, '$.amount_refunded')) + 2))
    WHERE channel = 'mail' AND kind = 'payment_refunded' AND {{batch}}""",
]
STATEMENTS_ON_POSTGRES = [
    f"""UPDATE outbox SET details = (details::jsonb || jsonb_build_object('again', {TAIL}))::text
    WHERE channel = 'mail' AND kind = 'payment_paid' AND {{batch}} AND {TAIL} LIKE 'again-%'""",
    f"""UPDATE outbox SET details = (details::jsonb || jsonb_build_object('attempt_key', {TAIL}))::text
    WHERE channel = 'mail' AND kind = 'payment_failed' AND {{batch}}""",
    f"""UPDATE outbox SET details = (details::jsonb || jsonb_build_object('refunds_failed',
        substr({TAIL}, length(details::json ->> 'amount_refunded') + 2)))::text
    WHERE channel = 'mail' AND kind = 'payment_refunded' AND {{batch}}""",
]


def upgrade() -> None:
    for statement in STATEMENTS_ON_POSTGRES if on_postgres() else STATEMENTS:
        update_in_batches("outbox", "message_id", statement)
