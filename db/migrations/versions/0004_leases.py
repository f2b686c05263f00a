"""Who holds what, looked up without reading all that waits."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX outbox_leases ON outbox (channel, message_id) WHERE state = 'waiting' AND lease_owner IS NOT NULL"
    )
