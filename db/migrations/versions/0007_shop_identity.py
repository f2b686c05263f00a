"""Whose database this is, and whether its money is real: another shop's settings do not go with it."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("CREATE TABLE IF NOT EXISTS shop_identity (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
