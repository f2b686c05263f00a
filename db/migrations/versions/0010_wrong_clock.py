"""When it was decided when a message is due: what a clock decided that was a day ahead does not hold it up for a day."""

from db.maintenance.online import add_column

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    add_column("outbox", "scheduled_at TEXT")
