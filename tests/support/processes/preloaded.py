"""What every command imports: done once, in the process from which the others are forked."""

import gc
from importlib import import_module

IMPORTED = (
    "app.cli",
    "app.commands.serve",
    "app.setup.run",
    "db.maintenance.migrate",
    "alembic.command",
    "asyncpg",
    "aiosqlite",
    "sqlalchemy.ext.asyncio",
)

for name in IMPORTED:
    import_module(name)
gc.freeze()  # collections in a child would copy every page that it shares
