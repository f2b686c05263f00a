"""Database, its companions and their folder are for their owner alone."""

import os
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
COMPANIONS = ("", "-wal", "-shm")


def make_private(file: Path) -> None:
    """Makes the database's file and folder, where there are none; SQLite gives its companions the file's mode.

    Raises OSError.
    """
    make_folder(file.parent)
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


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
