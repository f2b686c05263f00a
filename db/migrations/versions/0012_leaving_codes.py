"""Codes whose mails have not left yet, or nobody knows whether: the one before stays valid beside them."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("""CREATE TABLE IF NOT EXISTS leaving_codes (
        telegram_user_id BIGINT PRIMARY KEY,
        email TEXT NOT NULL,
        code_hash TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        attempts_left BIGINT NOT NULL
    )""")
