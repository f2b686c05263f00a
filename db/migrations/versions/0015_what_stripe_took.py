"""Stripe's fees, where it tells them, and what disputes have taken."""

from db.maintenance.online import add_column

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for column in ("fee BIGINT", "net BIGINT", "settled_currency TEXT"):
        add_column("payments", column)
    # ``tried`` of the days before counts the first result of a payment alone, and no fees are known of them.
    for column in ("lost", "fees"):
        add_column("daily_sold", f"{column} BIGINT NOT NULL DEFAULT 0")
