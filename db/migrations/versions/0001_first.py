"""The first schema.

Times are text in UTC, fixed width (2026-11-22T21:12:06.123456Z): they sort as text and read the same everywhere.
"""

from alembic import op

revision = "0001"
down_revision = None

PAYMENTS = """
CREATE TABLE payments (
    payment_id TEXT PRIMARY KEY,
    pay_token TEXT NOT NULL UNIQUE,
    payment_intent_id TEXT,
    telegram_user_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    sku TEXT NOT NULL,
    title TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    failure_code TEXT,
    failure_message TEXT,
    amount_refunded BIGINT NOT NULL,
    livemode BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    chat_message_id BIGINT,
    receipt_number BIGINT UNIQUE,
    failure_told_at TEXT,
    ledger TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    paid_at TEXT,
    updated_at TEXT NOT NULL
)
"""

OUTBOX = """
CREATE TABLE outbox (
    message_id {identity},
    dedupe_key TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    details TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at TEXT NOT NULL,
    lease_until TEXT,
    lease_owner TEXT,
    rendered {bytes},
    last_error TEXT,
    provider_id TEXT,
    fate TEXT,
    created_at TEXT NOT NULL,
    sent_at TEXT
)
"""

REST = [
    """CREATE TABLE customers (
        telegram_user_id BIGINT PRIMARY KEY,
        language TEXT NOT NULL,
        language_chosen BOOLEAN NOT NULL,
        name TEXT NOT NULL,
        username TEXT NOT NULL,
        email TEXT,
        email_verified_at TEXT,
        updated_at TEXT NOT NULL
    )""",
    """CREATE TABLE verification_codes (
        telegram_user_id BIGINT PRIMARY KEY,
        email TEXT NOT NULL,
        code_hash TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        attempts_left BIGINT NOT NULL
    )""",
    """CREATE TABLE code_sends (
        send_id {identity},
        telegram_user_id BIGINT NOT NULL,
        mailbox_hash TEXT NOT NULL,
        sent_at TEXT NOT NULL
    )""",
    """CREATE TABLE provider_events (
        event_id TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        payment_id TEXT,
        created_at TEXT NOT NULL,
        received_at TEXT NOT NULL
    ) {clustered}""",
    """CREATE TABLE unmatched_events (
        event_id TEXT PRIMARY KEY,
        payment_intent_id TEXT NOT NULL,
        body TEXT NOT NULL,
        received_at TEXT NOT NULL
    )""",
    """CREATE TABLE conversations (
        conversation_key TEXT PRIMARY KEY,
        telegram_user_id BIGINT NOT NULL,
        state TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    """CREATE TABLE handled_updates (
        update_id BIGINT PRIMARY KEY,
        handled_at TEXT NOT NULL
    )""",
    "CREATE INDEX payments_by_intent ON payments (payment_intent_id) WHERE payment_intent_id IS NOT NULL",
    "CREATE INDEX payments_newest ON payments (created_at, payment_id)",
    "CREATE INDEX payments_by_status ON payments (status, created_at, payment_id)",
    "CREATE INDEX payments_by_email ON payments (email, created_at)",
    "CREATE INDEX payments_by_customer ON payments (telegram_user_id, created_at)",
    "CREATE INDEX payments_to_expire ON payments (expires_at) WHERE status IN ('pending', 'failed', 'canceled')",
    "CREATE INDEX code_sends_by_customer ON code_sends (telegram_user_id, sent_at)",
    "CREATE INDEX code_sends_by_mailbox ON code_sends (mailbox_hash, sent_at)",
    "CREATE INDEX unmatched_by_intent ON unmatched_events (payment_intent_id)",
    "CREATE INDEX conversations_by_customer ON conversations (telegram_user_id)",
    "CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE state = 'waiting'",
    "CREATE INDEX outbox_order ON outbox (channel, recipient, message_id) WHERE state = 'waiting'",
    "CREATE INDEX outbox_by_payment ON outbox (payment_id)",
    "CREATE INDEX outbox_by_provider_id ON outbox (provider_id) WHERE provider_id IS NOT NULL",
]


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    types = {
        "identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY" if on_postgres else "INTEGER PRIMARY KEY",
        # Events are looked up by their id alone: SQLite then needs one tree instead of two.
        "clustered": "" if on_postgres else "WITHOUT ROWID",
        "bytes": "BYTEA" if on_postgres else "BLOB",
    }
    for statement in [PAYMENTS, OUTBOX, *REST]:
        op.execute(statement.format(**types))
