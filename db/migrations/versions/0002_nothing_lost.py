"""What outlives crashes and is shared by replicas: duties' marks, customers' turns, send slots, intents to close."""

from alembic import op

from db.maintenance.online import add_column, create_index

revision = "0002"
down_revision = "0001"

TABLES = [
    """CREATE TABLE IF NOT EXISTS marks (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    # What each day of the shop brought, kept with every group of events: a month is read from a few rows.
    """CREATE TABLE IF NOT EXISTS daily_sold (
        day TEXT NOT NULL,
        currency TEXT NOT NULL,
        sku TEXT NOT NULL,
        tried BIGINT NOT NULL,
        paid BIGINT NOT NULL,
        gross BIGINT NOT NULL,
        refunded BIGINT NOT NULL,
        PRIMARY KEY (day, currency, sku)
    )""",
    """CREATE TABLE IF NOT EXISTS daily_declines (
        day TEXT NOT NULL,
        code TEXT NOT NULL,
        declines BIGINT NOT NULL,
        PRIMARY KEY (day, code)
    )""",
    # What was there before is counted by its day in UTC.
    """INSERT INTO daily_sold
    SELECT substr(paid_at, 1, 10), currency, sku, COUNT(*), COUNT(*), SUM(amount), SUM(amount_refunded)
    FROM payments WHERE paid_at IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT DO NOTHING""",
    # Updates that wait or are being handled, when several replicas share the customers.
    """CREATE TABLE IF NOT EXISTS waiting_updates (
        update_id BIGINT PRIMARY KEY,
        telegram_user_id BIGINT NOT NULL,
        holder TEXT NOT NULL,
        is_running BOOLEAN NOT NULL,
        lease_until TEXT NOT NULL
    )""",
    # When the next message may leave, over all and to one recipient: seconds since 1970 by the database's clock.
    """CREATE TABLE IF NOT EXISTS send_slots (
        slot TEXT PRIMARY KEY,
        next_at DOUBLE PRECISION NOT NULL
    )""",
]


def upgrade() -> None:
    for table in TABLES:
        op.execute(table)
    # The PaymentIntent of a link that was closed is canceled at Stripe: when that is to be tried next.
    add_column("payments", "close_intent_at TEXT")
    create_index("payments_to_close", "payments (close_intent_at) WHERE close_intent_at IS NOT NULL")
    # The update that asked for a code: one that comes again after a crash gets the same code again.
    add_column("code_sends", "request_id BIGINT")
    create_index("waiting_updates_by_customer", "waiting_updates (telegram_user_id, update_id)")
    # Those few that need a person: counted at every scrape of the metrics.
    create_index("outbox_parked", "outbox (channel, message_id) WHERE state = 'parked'")
