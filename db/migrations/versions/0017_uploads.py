"""How often nobody knows whether a message arrived, and under which id Telegram keeps a file that was sent."""

from alembic import op

from db.maintenance.online import add_column

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    add_column("outbox", "unclear BIGINT NOT NULL DEFAULT 0")
    op.execute("""CREATE TABLE IF NOT EXISTS telegram_files (
        bot_id BIGINT NOT NULL,
        digest TEXT NOT NULL,
        file_id TEXT NOT NULL,
        PRIMARY KEY (bot_id, digest)
    )""")
