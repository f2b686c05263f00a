"""`checkout-bot backup FILE`: a copy of the database that is proven before it takes the place of the last one."""

import os
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.progress import Progress
from checkout.errors import CheckoutError
from checkout.file_owner import why
from checkout.sentence import Said, Sentence, plural, t
from db.engine.database_url import DatabaseUrl
from db.engine.file_lock import lock_of
from db.engine.private_files import refuse_unusable
from db.maintenance.sqlite_backup import COMPANIONS, Contents, bytes_needed, copy, examined, note_backup

Say = Callable[[Said], None]
# What a killed run left behind; none that still goes on is silent for that long.
LEFTOVER_SECONDS = 3600
STANDARD_OUTPUT = Path("-")  # to many programs; `backup - | gzip` would keep what is said of it
SQLITE = b"SQLite format 3\0"
SECRET_PARAMETERS = {"password", "sslpassword"}


class BackupRefused(CheckoutError):
    """No backup was made, FILE is as it was; the message says why and what to do instead."""


def back_up(address: DatabaseUrl, file: Path, say: Say) -> int:
    """Copies the SQLite database to ``file`` while others write to it; returns the exit code.

    An older ``file`` is replaced only by a copy that is checked and on the disk. Raises BackupRefused, CopyFailed.
    """
    if address.file is None:
        raise BackupRefused(_use_pg_dump(address.url, file))
    # A link is followed: the copy takes the place of what it points to.
    target = Path(os.path.realpath(file))
    if file == STANDARD_OUTPUT:
        raise BackupRefused(t("- is no file: name one. A copy is checked where it lies"))
    try:
        _refuse_database(address.file)
        _refuse_target(address.file, target)
        contents = _replace(address.file, target)
    except OSError as error:
        reason = why(Path(error.filename or target), error)
        raise BackupRefused(t("{file} cannot be written: {reason}", file=target, reason=reason)) from error
    note_backup(address.file)
    size, payments = _megabytes(target.stat().st_size), plural("{n:,} payment", "{n:,} payments", contents.payments)
    said = t(
        "{file}: {size}, {payments}, schema {revision}, checked.",
        file=file,
        size=size,
        payments=payments,
        revision=contents.revision,
    )
    say(said)
    return 0


def _refuse_database(database: Path) -> None:
    if not database.is_file():
        raise BackupRefused(t("DATABASE_URL: there is no database at {path} yet", path=database.absolute()))
    refuse_unusable(database)


def _refuse_target(database: Path, target: Path) -> None:
    """Everything that would destroy something or cannot work is refused before anything is written."""
    if not target.parent.is_dir():
        raise BackupRefused(t("the folder {folder} does not exist", folder=target.parent))
    own = Path(os.path.realpath(database))
    if target in (own, lock_of(own), *_companions(own)) or (target.exists() and target.samefile(own)):
        raise BackupRefused(t("{file} is the database itself: choose another file", file=target))
    if target.is_dir():
        like = target / "checkout.db"
        raise BackupRefused(t("{file} is a folder: name a file in it, like {like}", file=target, like=like))
    if target.exists() and not target.is_file():
        raise BackupRefused(t("{file} is no regular file", file=target))
    if target.exists() and not _begins_like_a_copy(target):
        raise BackupRefused(t("{file} is there, and no copy of a database: choose another file", file=target))
    for companion in _companions(target):
        if companion.exists():
            # It would be read into the new copy as soon as somebody opens that.
            words = t(
                "{companion} lies beside {file}: a program uses it as its database. Choose another file",
                companion=companion.name,
                file=target.name,
            )
            raise BackupRefused(words)


def _begins_like_a_copy(target: Path) -> bool:
    """An empty file may be replaced, too; a catalogue or somebody's PDF may not."""
    with target.open("rb") as file:
        begins = file.read(len(SQLITE))
    return begins in (SQLITE, b"")


def _refuse_full_disk(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        words = t(
            "the disk of {folder} has {free} free; {needed} are needed",
            folder=folder,
            free=_megabytes(free),
            needed=_megabytes(needed),
        )
        raise BackupRefused(words)


def _replace(database: Path, target: Path) -> Contents:
    _sweep(target)
    needed = bytes_needed(database)
    _refuse_full_disk(target.parent, needed)
    # Readable by its owner alone: it holds addresses.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        contents = _proven_copy(database, Path(name), needed)
        os.fsync(handle)
        os.replace(name, target)
    finally:
        os.close(handle)
        for leftover in (Path(name), *_companions(Path(name))):
            leftover.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return contents


def _proven_copy(database: Path, part: Path, needed: int) -> Contents:
    progress = Progress()
    try:
        copy(database, part, lambda: progress.show(_copying(part.stat().st_size, needed)))
        return examined(part, lambda: progress.show(t("checking the copy")))
    finally:
        progress.clear()


def _sweep(target: Path) -> None:
    """Removes what runs that were killed left beside ``target``."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[a-z0-9_]{{8}}\.part({'|'.join(COMPANIONS)})?")
    for leftover in [one for one in target.parent.iterdir() if ours.fullmatch(one.name)]:
        if time.time() - leftover.lstat().st_mtime > LEFTOVER_SECONDS:
            leftover.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The new name is on the disk too: a rename alone may be lost in a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _companions(file: Path) -> list[Path]:
    return [file.with_name(file.name + ending) for ending in COMPANIONS]


def _copying(done: int, whole: int) -> Sentence:
    return t("copying {percent} %", percent=min(100, 100 * done // max(1, whole)))


def _megabytes(size: int) -> Sentence:
    return t("{size:,.1f} MB", size=size / 1_000_000)


def _use_pg_dump(url: str, file: Path) -> Sentence:
    command = ["pg_dump", "--format=custom", f"--file={file}", f"--dbname={_without_password(url)}"]
    return t(
        "the database is PostgreSQL, which has a tool of its own for this (it asks for the password,\n"
        "unless PGPASSWORD or ~/.pgpass has it):\n{command}",
        command=shlex.join(command),
    )


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    people, at, host = parts.netloc.rpartition("@")
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name.lower() not in SECRET_PARAMETERS]
    shown = f"{parts.scheme}://{people.partition(':')[0]}{at}{host}{parts.path}"
    return f"{shown}?{urlencode(kept)}" if kept else shown
