"""Who holds what, looked up without reading all that waits."""

from db.maintenance.online import create_index

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_index("outbox_leases", "outbox (channel, message_id) WHERE state = 'waiting' AND lease_owner IS NOT NULL")
