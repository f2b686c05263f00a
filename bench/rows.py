"""A database with many payments, made in one statement: a thousand a day or so, over a thousand days."""

from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import Query
from db.maintenance.migrate import migrate
from db.storage import open_database

DAYS = 1000
# The number of a payment goes through these to become its row; both databases understand them.
COLUMNS = {
    "payment_id": "'pay_' || n",
    "pay_token": "'token-' || n",
    "payment_intent_id": "'pi_' || n",
    "telegram_user_id": "1000 + n % 50000",
    "email": "'customer' || (n % 200000) || '@example.com'",
    "sku": "CASE n % 3 WHEN 0 THEN 'guide' WHEN 1 THEN 'poster' ELSE 'course' END",
    "title": "'City guide'",
    "amount": "1900",
    "currency": "CASE n % 5 WHEN 0 THEN 'usd' ELSE 'eur' END",
    "status": "CASE WHEN n % 10 < 7 THEN 'paid' WHEN n % 10 < 9 THEN 'expired' ELSE 'failed' END",
    "amount_refunded": "0",
    "livemode": "false",
    "language": "'en'",
    "attempt": "1",
    "receipt_number": "CASE WHEN n % 10 < 7 THEN n END",
    "ledger": "'{}'",
    "version": "1",
    "created_at": "{at}",
    "expires_at": "{at}",
    "paid_at": "CASE WHEN n % 10 < 7 THEN {at} END",
    "updated_at": "{at}",
    "card_last4": "CASE WHEN n % 10 < 7 THEN '42' || (10 + n % 50) END",
}
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})",
    "postgres": "WITH numbers AS (SELECT n FROM generate_series(1, {rows}) AS n)",
}
# The newest is of today: thirty days back there is the same share of both sizes.
AT = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-' || (({rows} - n) * {days} * 86400 / {rows}) || ' seconds')",
    "postgres": "to_char((now() AT TIME ZONE 'utc') - ((({rows}::bigint - n) * {days} * 86400 / {rows})"
    " * interval '1 second'), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
}
SOLD = """
INSERT INTO daily_sold (day, currency, sku, tried, paid, gross, refunded)
SELECT substr(created_at, 1, 10), currency, sku, COUNT(*), COUNT(paid_at),
    SUM(CASE WHEN paid_at IS NULL THEN 0 ELSE amount END), 0 FROM payments GROUP BY 1, 2, 3
"""


async def filled(database_url: DatabaseUrl, rows: int) -> Database:
    """Migrated, filled with ``rows`` payments, analysed, and open."""
    await migrate(database_url)
    database = await open_database(database_url)
    dialect = "postgres" if database_url.file is None else "sqlite"
    at = AT[dialect].format(rows=rows, days=DAYS)
    values = ", ".join(column.replace("{at}", at) for column in COLUMNS.values())
    insert = (
        f"INSERT INTO payments ({', '.join(COLUMNS)}) {NUMBERS[dialect].format(rows=rows)} SELECT {values} FROM numbers"
    )
    if dialect == "sqlite":
        # SQLite wants its numbers before the INSERT.
        insert = f"{NUMBERS[dialect].format(rows=rows)} INSERT INTO payments ({', '.join(COLUMNS)}) SELECT {values} FROM numbers"  # noqa: E501 -- our own words
    for statement in (insert, SOLD, "ANALYZE"):
        async with database.begin() as connection:
            await connection.execute(Query("bench", statement, statement, ()), {})
    return database
