"""The shopkeeper's desk: what happened to a payment, who decided what, one-off invoices, and how to find things."""

from alembic import op

from db.maintenance.online import add_column, create_index, drop_index, on_postgres, update_in_batches

revision = "0003"
down_revision = "0002"

# The card of what was paid before: the first PaymentIntent that succeeded and names one.
KNOWN_CARDS = """UPDATE payments SET card_last4 = (
    SELECT json_extract(intent.value, '$.card[2]') FROM json_each(payments.ledger, '$.intents') AS intent
    WHERE json_extract(intent.value, '$.succeeded_at') IS NOT NULL AND json_extract(intent.value, '$.card[2]') <> ''
    ORDER BY intent.key LIMIT 1)
WHERE paid_at IS NOT NULL AND {batch}"""
KNOWN_CARDS_ON_POSTGRES = """UPDATE payments SET card_last4 = (
    SELECT intent.value -> 'card' ->> 2 FROM json_each(payments.ledger::json -> 'intents') AS intent
    WHERE intent.value ->> 'succeeded_at' IS NOT NULL AND intent.value -> 'card' ->> 2 <> ''
    ORDER BY intent.key COLLATE "C" LIMIT 1)
WHERE paid_at IS NOT NULL AND {batch}"""
TABLES = [
    # What no other table tells of a payment's way: code sent and verified, link sent, page opened, intent made.
    """CREATE TABLE IF NOT EXISTS journal (
        entry_id {identity},
        telegram_user_id BIGINT NOT NULL,
        payment_id TEXT,
        what TEXT NOT NULL,
        details TEXT NOT NULL,
        at TEXT NOT NULL
    )""",
    # What admins did: never changed, never deleted.
    """CREATE TABLE IF NOT EXISTS audit (
        audit_id {identity},
        admin_id BIGINT NOT NULL,
        action TEXT NOT NULL,
        payment_id TEXT NOT NULL,
        details TEXT NOT NULL,
        at TEXT NOT NULL
    )""",
    # Sold once, to whoever starts to pay first; its sku is its deep link's payload.
    """CREATE TABLE IF NOT EXISTS invoices (
        sku TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        admin_id BIGINT NOT NULL,
        telegram_user_id BIGINT,
        created_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        canceled_at TEXT
    )""",
    # When each admin wants the day's summary: HH:MM in the shop's time zone, empty for never;
    # and the last day that was summarized.
    """CREATE TABLE IF NOT EXISTS admin_settings (
        admin_id BIGINT PRIMARY KEY,
        summary_at TEXT NOT NULL,
        summarized_day TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
]
INDEXES = {
    "payments_by_card": "payments (card_last4, created_at, payment_id) WHERE card_last4 IS NOT NULL",
    "provider_events_by_payment": "provider_events (payment_id) WHERE payment_id IS NOT NULL",
    "customers_by_username": "customers (lower(username))",
    # How long people take from the link to the payment: read from this index alone.
    "payments_by_paid": "payments (paid_at, created_at) WHERE paid_at IS NOT NULL",
    # Letter by letter, whatever language the database sorts by; in the order of a search's pages.
    "payments_by_email": "payments (email{letters}, created_at DESC, payment_id DESC)",
    "journal_by_customer": "journal (telegram_user_id, at) WHERE payment_id IS NULL",
    # A PaymentIntent that was replaced leads to its payment all the same.
    "journal_by_intent": "journal (details) WHERE what = 'intent_made'",
    "journal_to_drop": "journal (at) WHERE payment_id IS NULL",
    "audit_by_payment": "audit (payment_id) WHERE payment_id <> ''",
    # What has not left yet, the oldest first.
    "outbox_unsent": "outbox (message_id) WHERE state IN ('waiting', 'parked')",
}


def upgrade() -> None:
    identity = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if on_postgres() else "INTEGER PRIMARY KEY"
    for table in TABLES:
        op.execute(table.format(identity=identity))
    add_column("payments", "card_last4 TEXT")
    drop_index("payments_by_email")
    for name, on in INDEXES.items():
        create_index(name, on.replace("{letters}", ' COLLATE "C"' if on_postgres() else ""))
    # The page is opened often and told once.
    create_index("journal_by_payment", "journal (payment_id, what, details) WHERE payment_id IS NOT NULL", unique=True)
    update_in_batches("payments", "payment_id", KNOWN_CARDS_ON_POSTGRES if on_postgres() else KNOWN_CARDS)
