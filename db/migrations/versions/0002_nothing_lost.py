"""What outlives crashes and is shared by replicas: duties' marks, customers' turns, send slots, intents to close."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = [
    # The PaymentIntent of a link that was closed is canceled at Stripe: when that is to be tried next.
    "ALTER TABLE payments ADD COLUMN close_intent_at TEXT",
    "CREATE INDEX payments_to_close ON payments (close_intent_at) WHERE close_intent_at IS NOT NULL",
    # The update that asked for a code: one that comes again after a crash gets the same code again.
    "ALTER TABLE code_sends ADD COLUMN request_id BIGINT",
    """CREATE TABLE marks (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    # What each day of the shop brought, kept with every group of events: a month is read from a few rows.
    """CREATE TABLE daily_sold (
        day TEXT NOT NULL,
        currency TEXT NOT NULL,
        sku TEXT NOT NULL,
        tried BIGINT NOT NULL,
        paid BIGINT NOT NULL,
        gross BIGINT NOT NULL,
        refunded BIGINT NOT NULL,
        PRIMARY KEY (day, currency, sku)
    )""",
    """CREATE TABLE daily_declines (
        day TEXT NOT NULL,
        code TEXT NOT NULL,
        declines BIGINT NOT NULL,
        PRIMARY KEY (day, code)
    )""",
    # What was there before is counted by its day in UTC.
    """INSERT INTO daily_sold
    SELECT substr(paid_at, 1, 10), currency, sku, COUNT(*), COUNT(*), SUM(amount), SUM(amount_refunded)
    FROM payments WHERE paid_at IS NOT NULL GROUP BY 1, 2, 3""",
    # Updates that wait or are being handled, when several replicas share the customers.
    """CREATE TABLE waiting_updates (
        update_id BIGINT PRIMARY KEY,
        telegram_user_id BIGINT NOT NULL,
        holder TEXT NOT NULL,
        is_running BOOLEAN NOT NULL,
        lease_until TEXT NOT NULL
    )""",
    "CREATE INDEX waiting_updates_by_customer ON waiting_updates (telegram_user_id, update_id)",
    # When the next message may leave, over all and to one recipient: seconds since 1970 by the database's clock.
    """CREATE TABLE send_slots (
        slot TEXT PRIMARY KEY,
        next_at DOUBLE PRECISION NOT NULL
    )""",
    # Those few that need a person: counted at every scrape of the metrics.
    "CREATE INDEX outbox_parked ON outbox (channel, message_id) WHERE state = 'parked'",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
