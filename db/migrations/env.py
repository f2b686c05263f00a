"""Alembic's entry: runs the migrations on the connection that db/maintenance/migrate.py hands in."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=None,
    transaction_per_migration=True,
    on_version_apply=attributes["on_version_apply"],
)
with context.begin_transaction():
    context.run_migrations()
