"""Whether a PostgreSQL can carry a shop at all: said before anything is kept in it, not at the tenth customer."""

from typing import Any

import asyncpg

from checkout.errors import ServiceUnavailable
from checkout.sentence import t
from db.engine.database_url import DatabaseUrl
from db.engine.postgres import CONNECT_SECONDS

PROCESS = "SELECT pg_backend_pid()"
# The second keeps bytes as they come.
ENCODINGS = ("UTF8", "SQL_ASCII")


async def refuse_lent_connections(raw: Any, address: DatabaseUrl) -> None:
    """Where a pooler lends a connection for one transaction, prepared statements and locks are somebody else's by the
    next one. Raises ServiceUnavailable."""
    try:
        is_lent = await _is_lent(raw, address.url)
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError):
        is_lent = True
    if is_lent:
        raise ServiceUnavailable(
            t(
                "DATABASE_URL: {database} is a pooler that lends its connections for one transaction: take the server's"
                " own address, or a pooler whose pool_mode is session (docs/replicas.md)",
                database=address.shown,
            )
        )


async def _is_lent(raw: Any, url: str) -> bool:
    """Two clients that are served by one process, or one that is served by two. Without a pooler nobody else asks."""
    process = await raw.fetchval(PROCESS)
    if process == raw.get_server_pid():
        return False
    other = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        others = await other.fetchval(PROCESS, timeout=CONNECT_SECONDS)
    finally:
        other.terminate()
    return bool(process == others or process != await raw.fetchval(PROCESS))


def refuse_encoding(encoding: str, address: DatabaseUrl) -> None:
    """Raises ServiceUnavailable where not every name has a place."""
    if encoding not in ENCODINGS:
        raise ServiceUnavailable(
            t(
                "DATABASE_URL: {database} is kept in {encoding}, which not every customer's name fits into: make it"
                " anew with ENCODING 'UTF8' TEMPLATE template0",
                database=address.shown,
                encoding=encoding,
            )
        )
