"""Whether the customer has what was paid for: what the program cannot hand over waits for a person."""

from db.maintenance.online import add_column, create_index, update_in_batches

revision = "0013"
down_revision = "0012"

# Nobody knows any more what became of those; they were told as if they had all.
DELIVERED = """UPDATE payments SET fulfilment = 'delivered'
WHERE paid_at IS NOT NULL AND fulfilment = '' AND {batch}"""


def upgrade() -> None:
    add_column("payments", "fulfilment TEXT NOT NULL DEFAULT ''")
    create_index("payments_to_do", "payments (created_at, payment_id) WHERE fulfilment = 'to_do'")
    update_in_batches("payments", "payment_id", DELIVERED)
