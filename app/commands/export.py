"""`checkout-bot export FILE.csv`: the payments as a file that takes FILE's place only when it is whole."""

import asyncio
import codecs
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import BinaryIO

from app.progress import said_when_slow
from app.runtime.clock import SystemClock
from app.settings import Settings
from app.terminal_language import said_here
from checkout.catalog.load_catalog import shops_timezone
from checkout.errors import CatalogError, CheckoutError
from checkout.file_owner import why
from checkout.model.payment import Status
from checkout.reporting.export_payments import ExportPayments, Progress, Wanted
from checkout.sentence import Said, Sentence, plural, t
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.maintenance.schema import bring_up_to_date
from db.replicas.shared_clock import clocks_of
from db.storage import DatabaseStorage, open_database

Say = Callable[[Said], None]
STANDARD_OUTPUT = "-"
LONGEST_HEADING = 4096
# Columns of every release that nobody else's table has together.
OURS = {"payment_id", "payment_intent_id", "amount_refunded", "telegram_user_id"}
SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods", ".numbers"}
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # before every payment


class ExportRefused(CheckoutError):
    """Nothing was written, FILE is as it was; the message says why."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """``since`` is how far back, None for everything; ``status`` None for all; ``file`` may be ``-``."""

    file: str
    since: timedelta | None = None
    status: Status | None = None
    timezone: tzinfo = UTC


def timezone_of(settings: Settings) -> tzinfo:
    """The payments are read even where there is no catalogue."""
    try:
        return shops_timezone(settings.catalog)
    except CatalogError:
        unread = t("{path} cannot be read (checkout-bot check says why): days are those of UTC.", path=settings.catalog)
        sys.stderr.write(f"{said_here(unread)}\n")
        return UTC


def export(address: DatabaseUrl, chosen: Chosen, say: Say) -> int:
    """Returns the exit code. Raises ExportRefused."""
    if address.file is not None and not address.file.is_file():
        raise ExportRefused(t("DATABASE_URL: there is no database at {path} yet", path=address.file.absolute()))
    if chosen.file == STANDARD_OUTPUT:
        return _to_standard_output(address, chosen)
    target = Path(os.path.realpath(chosen.file))
    if not target.parent.is_dir():
        raise ExportRefused(t("the folder {folder} does not exist", folder=target.parent))
    if target.suffix.lower() in SPREADSHEETS:
        words = t(
            "a CSV file is written, and no spreadsheet opens that as {ending}: call it .csv", ending=target.suffix
        )
        raise ExportRefused(words)
    if target.exists() and not target.is_file():
        raise ExportRefused(t("{file} is no regular file", file=target))
    if address.file is not None and target.exists() and target.samefile(address.file):
        raise ExportRefused(t("{file} is the database itself: choose another file", file=target))
    try:
        if target.exists() and not _begins_like_an_export(target):
            raise ExportRefused(t("{file} is there, and no export of payments: choose another file", file=target))
        payments = _replace(address, chosen, target)
    except OSError as error:
        reason = why(Path(error.filename or target), error)
        raise ExportRefused(t("{file} cannot be written: {reason}", file=target, reason=reason)) from error
    say(t("{file}: {payments}.", file=chosen.file, payments=_payments(payments)))
    return 0


def _begins_like_an_export(target: Path) -> bool:
    """However a spreadsheet has saved it; an empty file may be replaced, too. A catalogue or somebody's own table may
    not."""
    with target.open("rb") as file:
        begins = file.read(LONGEST_HEADING)
    is_utf16 = begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    heading, *_ = begins.decode("utf-16" if is_utf16 else "utf-8", errors="replace").splitlines() or [""]
    return not begins or set(re.findall(r"\w+", heading)) >= OURS


def _to_standard_output(address: DatabaseUrl, chosen: Chosen) -> int:
    try:
        asyncio.run(_write(address, chosen, sys.stdout.buffer))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has enough (`| head`). What Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _replace(address: DatabaseUrl, chosen: Chosen, target: Path) -> int:
    # Readable by its owner alone: it holds addresses.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            payments = asyncio.run(_write(address, chosen, part))
            part.flush()
            os.fsync(part.fileno())
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
    return payments


async def _write(address: DatabaseUrl, chosen: Chosen, file: BinaryIO) -> int:
    shares_its_screen = chosen.file == STANDARD_OUTPUT and sys.stdout.isatty()
    async with said_when_slow(for_a_person=not shares_its_screen) as line:
        database = await _opened(address)

        async def told(progress: Progress) -> None:
            line.show(t("{payments}, up to {day}", payments=_payments(progress.payments), day=progress.reached[:10]))

        try:
            clock, *_ = await clocks_of(database, address, SystemClock())
            now = clock.now()
            wanted = Wanted(now - chosen.since if chosen.since else BEGINNING, now, chosen.status, chosen.timezone)
            return await ExportPayments(DatabaseStorage(database)).write(wanted, file, told, in_a_hurry=True)
        finally:
            await database.close()


async def _opened(address: DatabaseUrl) -> Database:
    try:
        await bring_up_to_date(address)
        return await open_database(address)
    except CheckoutError:  # it says by itself which database, and why
        raise
    except Exception as error:
        words = t("DATABASE_URL: {database} cannot be opened ({error})", database=address.shown, error=error)
        raise ExportRefused(words) from error


def _payments(number: int) -> Sentence:
    return plural("{n:,} payment", "{n:,} payments", number)
