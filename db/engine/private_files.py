"""Database, its companions and their folder are for their owner alone."""

import errno
import os
from contextlib import suppress
from pathlib import Path

from checkout.errors import CheckoutError
from checkout.file_owner import in_words

OTHERS = 0o077
COMPANIONS = ("", "-wal", "-shm")


class Unusable(CheckoutError):
    """The database is another user's, who lets nobody in, or none at all; the message says what helps."""


def make_private(file: Path) -> None:
    """Makes the database's file and folder, where there are none; SQLite gives its companions the file's mode.

    Raises OSError, and Unusable for what is there already and is somebody else's, or a folder.
    """
    make_folder(file.parent)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    refuse_unusable(file)


def refuse_unusable(database: Path) -> None:
    """Of what a command left that root was started for, SQLite says that it cannot open it, and not why.

    Nor does it of a folder. Raises Unusable.
    """
    if os.path.isdir(database):
        raise Unusable(f"DATABASE_URL: {database} is a folder: name a file in it, like {database / 'checkout.db'}")
    for file in [Path(f"{database}{companion}") for companion in COMPANIONS]:
        if _is_another_s(file):
            refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
            raise Unusable(f"DATABASE_URL: {in_words(refused)}")


def _is_another_s(file: Path) -> bool:
    may_use = os.access(file, os.R_OK | os.W_OK, effective_ids=True)
    return not may_use and os.path.exists(file) and file.stat().st_uid != os.geteuid()


def make_folder(folder: Path) -> None:
    """Folders above it that are missing too are made as usual. Raises OSError."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


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
