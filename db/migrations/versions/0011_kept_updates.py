"""Updates of Telegram that are confirmed and not handled yet, as they came."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        """CREATE TABLE IF NOT EXISTS kept_updates (
            update_id BIGINT PRIMARY KEY,
            body TEXT NOT NULL,
            is_too_much BOOLEAN NOT NULL,
            kept_at TEXT NOT NULL
        )"""
    )
