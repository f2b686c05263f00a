"""A whole copy of the SQLite file while others write to it.

VACUUM INTO rather than SQLite's backup API: it reads one snapshot from beginning to end, and in WAL a reader holds up
no writer. The backup API starts anew whenever another process has written between two of its steps, which in a busy
shop is always. The copy is packed besides, and has nothing in it of what was erased.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checkout.errors import CheckoutError
from checkout.sentence import Said, Sentence, joined, t
from db.engine.connection import to_text
from db.engine.sqlite import BUSY_SECONDS
from db.maintenance.health import BACKUP_CHECKPOINT

# Beside a SQLite file, and part of it: the next to open it reads them.
COMPANIONS = ("-wal", "-shm", "-journal")
# Of SQLite's own machine instructions; some hundredths of a second.
STEPS_BETWEEN_LOOKS = 200_000

Look = Callable[[], None]


class CopyFailed(CheckoutError):
    """The database could not be copied, or the copy is not sound; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a copy holds."""

    payments: int
    revision: str


def bytes_needed(database: Path) -> int:
    """How large a copy can become. Raises CopyFailed."""
    with _opened(database, "rw", t("{database} cannot be read", database=database)) as connection:
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
    return int((pages - free) * size)


def copy(database: Path, target: Path, look: Look) -> None:
    """Writes all that is committed now into ``target``, which is missing or empty. Raises CopyFailed.

    The copy is one file in rollback mode, without companions; whoever opens it to serve turns WAL on.
    ``look`` is called now and then meanwhile.
    """
    with _opened(database, "rw", t("{database} cannot be copied", database=database), look) as connection:
        connection.execute("VACUUM INTO ?", (target.absolute().as_uri(),))


def examined(copied: Path, look: Look) -> Contents:
    """What the copy holds, once every page and row of it has been checked. Raises CopyFailed."""
    with _opened(copied, "ro", t("the copy cannot be read"), look) as connection:
        faults: list[Said] = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
        faults += [_orphan(*row) for row in _orphans(connection)]
        if faults:
            raise CopyFailed(t("the copy is not sound, so the database may be damaged: {faults}", faults=faults))
        return _contents(connection)


def _orphans(connection: sqlite3.Connection) -> list[tuple[str, int, str, int]]:
    return connection.execute("PRAGMA foreign_key_check").fetchmany(3)


def _orphan(child: str, _row: int, parent: str, _key: int) -> Sentence:
    return t("{child} points to a missing row of {parent}", child=child, parent=parent)


def _contents(connection: sqlite3.Connection) -> Contents:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"payments", "alembic_version"} <= tables:
        raise CopyFailed(t("there is no shop in this database: it has no payments table"))
    payments = connection.execute("SELECT count(*) FROM payments").fetchone()[0]
    return Contents(payments, connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def note_backup(database: Path) -> None:
    """In the database, for `doctor`. A lock or a full disk is no reason to call a checked copy a failure."""
    now = to_text(datetime.now(UTC))
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as connection, connection:
        connection.execute(
            "INSERT INTO marks (name, value, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            (BACKUP_CHECKPOINT, now, now),
        )


@contextmanager
def _opened(file: Path, mode: str, trouble: Sentence, look: Look | None = None) -> Iterator[sqlite3.Connection]:
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            if look is not None:
                connection.set_progress_handler(look, STEPS_BETWEEN_LOOKS)
            yield connection
    except sqlite3.Error as error:
        # Ctrl-C is raised inside the handler, and SQLite says no more than that it was interrupted.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise CopyFailed(joined(": ", [trouble, str(error)])) from error


_SIZES = ("page_count", "freelist_count", "page_size")
