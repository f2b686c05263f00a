"""Which version of the program each revision needs: an older program that finds a newer schema can say so."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Its rows come from db/maintenance/versions.py.
    op.execute("CREATE TABLE IF NOT EXISTS schema_versions (revision TEXT PRIMARY KEY, version TEXT NOT NULL)")
