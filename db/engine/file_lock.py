"""A lock beside a SQLite file, held by one process at a time; the operating system takes it back from a dead one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkout.errors import CheckoutError
from checkout.sentence import t
from db.engine.private_files import make_file, make_folder


class AlreadyServed(CheckoutError):
    """Another process serves this database; the message says what to do."""


def lock_of(database: Path) -> Path:
    """Beside the database and never deleted: whoever deletes a lock's file lets two have it."""
    file = Path(os.path.realpath(database))
    return file.with_name(file.name + ".serve.lock")


@contextmanager
def sole_server(database: Path | None) -> Iterator[None]:
    """Inside, no other process is in here with this SQLite file; None, for PostgreSQL, is shared by replicas.

    Not the file itself is locked: SQLite keeps its own locks there, and loses them when somebody closes it.
    Raises AlreadyServed, and OSError where there can be no file.
    """
    if database is None:
        yield
        return
    file = lock_of(database)
    make_folder(file.parent)
    make_file(file)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, database)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, database: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyServed(
            t(
                "another `checkout-bot serve` has {database} open: stop that one first, or set another DATABASE_URL"
                " (several processes share PostgreSQL alone)",
                database=database,
            )
        ) from None
