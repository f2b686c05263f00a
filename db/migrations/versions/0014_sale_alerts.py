"""Which admins want to hear of every sale."""

from db.maintenance.online import add_column

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    add_column("admin_settings", "hears_sales BOOLEAN NOT NULL DEFAULT TRUE")
