"""Database, its companions and their folder are for their owner alone."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from checkout.errors import CheckoutError
from checkout.file_owner import in_words
from checkout.sentence import joined, t

OTHERS = 0o077
# The first with RETURNING.
OLDEST_SQLITE = (3, 35)
COMPANIONS = ("", "-wal", "-shm")


class Unusable(CheckoutError):
    """The database may not be written by this user, or is none at all; the message says what helps."""


def make_private(file: Path) -> None:
    """Makes the database's file and folder, where there are none; SQLite gives its companions the file's mode.

    Raises OSError, and Unusable for what is there already and may not be written, or is a folder.
    """
    make_folder(file.parent)
    make_file(file)
    refuse_unusable(file)


def make_file(file: Path) -> None:
    """An empty one, unless there is one. Raises OSError."""
    with suppress(FileExistsError):
        made = os.open(file, os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _leave_to_owner_of(file.parent, made)
        finally:
            os.close(made)


def _leave_to_owner_of(folder: Path, made: int) -> None:
    """The shop's own user could not use what root has made in the shop's folder. By descriptor: a name may have been
    given to something else by now."""
    if os.geteuid() == 0:
        owner = folder.stat()
        with suppress(OSError):
            os.fchown(made, owner.st_uid, owner.st_gid)


def refuse_unusable(database: Path) -> None:
    """Of a folder, of what a command left that root was started for, and of what nobody may write, SQLite says that it
    cannot open it, or not write it, and not why.

    By what the system would allow, not by trying: who closes the file takes the locks of all who have it open in this
    process. Raises Unusable, also where this Python's SQLite is too old for the shop's queries.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise Unusable(
            t(
                "DATABASE_URL: this Python has SQLite {found}, and {needed} is needed: install the program with a newer"
                " Python (make install PYTHON=...), or use PostgreSQL",
                found=sqlite3.sqlite_version,
                needed=needed,
            )
        )
    if os.path.isdir(database):
        words = t("DATABASE_URL: {path} is a folder: name a file in it, like {path}/checkout.db", path=database)
        raise Unusable(words)
    real = Path(os.path.realpath(database))  # where a link leads to, and where SQLite puts the companions
    for path in [*(Path(f"{real}{companion}") for companion in COMPANIONS), real.parent]:
        if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            number = errno.EROFS if os.statvfs(path).f_flag & os.ST_RDONLY else errno.EACCES
            refused = OSError(number, os.strerror(number), str(path))
            raise Unusable(joined(": ", ["DATABASE_URL", in_words(refused)]))


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """Of ``mode``; folders above it that are missing too are made as usual. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent, 0o777)
        folder.mkdir(mode=mode, exist_ok=True)
        made = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _leave_to_owner_of(folder.parent, made)
        finally:
            os.close(made)


def close_to_others(database: Path) -> None:
    """Takes from everybody else what an older release, or a copy by hand, has given them.

    The folder too, if nothing but the database lies in it: of any other, somebody else may have need.
    """
    for companion in COMPANIONS:
        close_file(Path(f"{database}{companion}"))
    folder = database.absolute().parent
    with suppress(OSError):
        if all(one.name.startswith(database.name) for one in folder.iterdir()):
            close_file(folder)


def close_file(path: Path) -> None:
    """Another one's file stays as it is: doctor tells of it."""
    with suppress(OSError):
        mode = path.stat().st_mode
        if mode & OTHERS:
            path.chmod(mode & 0o7777 & ~OTHERS)
