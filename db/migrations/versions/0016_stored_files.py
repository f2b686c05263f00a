"""A product's files lie in the database once, however many mails carry them."""

from alembic import op

from db.maintenance.online import on_postgres

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # Apart from when they were used last: to note that must not write megabytes anew.
    content = "BYTEA" if on_postgres() else "BLOB"
    op.execute(f"CREATE TABLE IF NOT EXISTS file_contents (digest TEXT PRIMARY KEY, content {content} NOT NULL)")
    op.execute("CREATE TABLE IF NOT EXISTS stored_files (digest TEXT PRIMARY KEY, used_at TEXT NOT NULL)")
    if on_postgres():  # what is sold as a file is packed already
        op.execute("ALTER TABLE file_contents ALTER COLUMN content SET STORAGE EXTERNAL")
