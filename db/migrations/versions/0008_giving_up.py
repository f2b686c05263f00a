"""Since when a message has failed again and again: only what was tried for days in vain waits for a person."""

from db.maintenance.online import add_column

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    add_column("outbox", "failing_since TEXT")
