"""The database, the disk beneath it, and files that nobody else may read."""

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok
from app.runtime.clock import SystemClock
from checkout.errors import CheckoutError
from checkout.file_owner import in_words
from checkout.resilience.other_poller import is_met
from checkout.sentence import Sentence, joined, plural, t, words_of
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.private_files import refuse_unusable
from db.maintenance.health import Backlog, for_a_person, last_backup, oldest_payment, outbox_backlog, try_writing
from db.maintenance.migrate import current_revision, newest_revision
from db.maintenance.shop_identity import other_shop
from db.maintenance.versions import SchemaTooNew
from db.replicas.shared_clock import clocks_of
from db.storage import DatabaseStorage, open_database

# A busy day writes a few megabytes; a backup needs the database's size once more.
FREE_BYTES = 200_000_000
OTHERS = 0o077
# What a service is asked again for is sent within minutes; an hour later it has something against it.
LATE = timedelta(hours=1)
# A night may be missed.
BACKUP_AGE = timedelta(hours=49)
WRITE_SECONDS = 3.0
CHANNELS = {"chat": t("chat"), "mail": t("mail"), "stripe": "Stripe"}


async def check_storage(shop: Surroundings) -> Findings:
    address = shop.settings.database
    for finding in [*_files(shop.folder, address), *_disk(address)]:
        yield finding
    if address.file is not None and (found := _before_it_is_opened(address, address.file)):
        yield found
        return
    try:
        revision = await current_revision(address)
    except SchemaTooNew as error:
        yield mend("database.newer", words_of(error))
        return
    except CheckoutError as error:
        yield mend("database", words_of(error))
        return
    if revision != newest_revision():
        yield ok("database", t("{database} can be opened", database=address.shown))
        at, newest = revision or t("none"), newest_revision()
        what = t("{database} is at schema {at}, not {newest}", database=address.shown, at=at, newest=newest)
        yield mend("database.schema", what)
        return
    try:
        database = await open_database(address)
    except (CheckoutError, OSError) as error:  # a folder that may be read and not written, say
        what = t("{database} cannot be written: {error}", database=address.shown, error=words_of(error))
        yield mend("database", what)
        return
    try:
        yield await takes_writes(database, address)
        yield ok("database.schema", t("{database} is at schema {at}", database=address.shown, at=revision))
        yield await _shop(database, shop)
        clock, *_ = await clocks_of(database, address, SystemClock())
        for finding in _messages(await outbox_backlog(database, clock.now())):
            yield finding
        for finding in _payments(*await for_a_person(database)):
            yield finding
        yield await _backup(database, address)
        if shop.settings.telegram_updates == "polling":
            yield await _poller(database, clock.now())
    finally:
        await database.close()


async def takes_writes(database: Database, address: DatabaseUrl) -> Finding:
    """A standby, or a file that another program has locked, can be read all the same."""
    try:
        await try_writing(database, address, WRITE_SECONDS)
    except CheckoutError as error:
        finding = t("{database} can be read, and not written: {error}", database=address.shown, error=words_of(error))
        return mend("database", finding)
    except TimeoutError:
        seconds = f"{WRITE_SECONDS:.0f}"
        finding = t("{database} has not taken a write within {seconds} s", database=address.shown, seconds=seconds)
        return mend("database", finding)
    return ok("database", t("{database} can be read and written", database=address.shown))


async def _shop(database: Database, shop: Surroundings) -> Finding:
    """Another id in the catalogue or keys of the other mode stop the next start, however well the shop runs now."""
    shop_id = shop.catalog.shop.shop_id if shop.catalog else ""
    other = await other_shop(database, shop_id, livemode=shop.settings.livemode)
    if other is None:
        return ok("database.shop", t("the database is this shop's"))
    return mend("database.shop", other.finding, what_helps=other.what_helps)


def _files(folder: Path, address: DatabaseUrl) -> Iterator[Finding]:
    paths = [folder / ".env", *([address.file, Path(f"{address.file}-wal")] if address.file else [])]
    for path in paths:
        if os.path.isfile(path):
            is_private = not path.stat().st_mode & OTHERS
            if is_private:
                yield ok("files.private", t("{path} can be read by its owner alone", path=path))
            else:
                finding = t("{path} can be read by others on this machine", path=path)
                yield mend("files.private", finding, path=shlex.quote(str(path)))


def _before_it_is_opened(address: DatabaseUrl, file: Path) -> Finding | None:
    """None of one that is there and may be used."""
    try:
        refuse_unusable(file)
        is_there = file.exists() and file.stat().st_size > 0
    except CheckoutError as error:
        return mend("database", words_of(error))
    except OSError as error:
        return mend("database", joined(": ", ["DATABASE_URL", in_words(error)]))
    return None if is_there else _to_be_made(address, file)


def _to_be_made(address: DatabaseUrl, file: Path) -> Finding:
    folder = next(one for one in file.absolute().parents if os.path.isdir(one))
    if not os.access(folder, os.W_OK):
        finding = t("{database} cannot be made: {folder} cannot be written", database=address.shown, folder=folder)
        return mend("database", finding)
    return ok("database", t("{database} will be made at the first start", database=address.shown))


def _disk(address: DatabaseUrl) -> Iterator[Finding]:
    if address.file is None:
        return
    folder = next(one for one in address.file.absolute().parents if os.path.isdir(one))
    free = shutil.disk_usage(folder).free
    finding = t("the disk of {folder} has {free} MB free", folder=folder, free=free // 1_000_000)
    yield ok("disk", finding) if free >= FREE_BYTES else mend("disk", finding)


def _messages(backlog: Sequence[Backlog]) -> Iterator[Finding]:
    parked = sum(one.messages for one in backlog if one.state == "parked")
    if parked:
        yield mend("messages.parked", t("not delivered, and left to you: {messages}", messages=_messages_of(parked)))
    else:
        yield ok("messages.parked", t("no message waits for you"))
    late = [one for one in backlog if one.state == "waiting" and one.oldest_seconds > LATE.total_seconds()]
    if not late:
        yield ok("messages.waiting", t("no message waits for long to be sent"))
    for one in late:
        finding = t(
            "not sent yet by {channel}: {messages}, the oldest for {hours}",
            channel=CHANNELS[one.channel],
            messages=_messages_of(one.messages),
            hours=plural("{n} hour", "{n} hours", int(one.oldest_seconds // 3600)),
        )
        yield mend("messages.waiting", finding)


def _messages_of(number: int) -> Sentence:
    return plural("{n} message", "{n} messages", number)


def _payments(todo: int, review: int) -> list[Finding]:
    return [
        mend(
            "payments.todo",
            plural(
                "to be delivered by a person: {n} paid purchase",
                "to be delivered by a person: {n} paid purchases",
                todo,
            ),
        )
        if todo
        else ok("payments.todo", t("no purchase waits to be delivered by a person")),
        mend("payments.review", plural("to be decided: {n} payment", "to be decided: {n} payments", review))
        if review
        else ok("payments.review", t("no payment waits for a decision")),
    ]


async def _backup(database: Database, address: DatabaseUrl) -> Finding:
    if address.file is None:
        return ok("backup", t("PostgreSQL's backups are its own matter and are not seen from here"))
    now, copies = datetime.now(UTC), address.file.parent / f".{address.file.name}-litestream"
    # A shop notes when it has asked Stripe, every ten minutes, so that there is always something to copy.
    if now - _last_touched(copies) <= BACKUP_AGE:
        return ok("backup", t("Litestream copies the database continuously"))
    made = await last_backup(database)
    if made is None:
        begun = await oldest_payment(database)
        is_due = begun is not None and now - begun > BACKUP_AGE
        finding = t("no backup was ever made")
    elif made - now > LATE:
        is_due = True
        finding = t("the last backup was made while the clock was ahead: how old it is cannot be told")
    else:
        is_due = now - made > BACKUP_AGE
        hours = round((now - made).total_seconds() / 3600)
        finding = plural("the last backup was made {n} hour ago", "the last backup was made {n} hours ago", hours)
    if copies.is_dir():
        finding = t("{finding}, and Litestream has copied nothing for longer", finding=finding)
    return mend("backup", finding) if is_due else ok("backup", finding)


def _last_touched(folder: Path) -> datetime:
    """Long ago where there is no such folder; what goes while it is looked at counts no more."""
    newest = 0.0
    for where, _, names in os.walk(folder):
        for name in ("", *names):
            with suppress(OSError):
                newest = max(newest, os.stat(os.path.join(where, name)).st_mtime)
    return datetime.fromtimestamp(newest, UTC)


async def _poller(database: Database, now: datetime) -> Finding:
    """The shop that polls notes it: Telegram would take a poll of ours for another program, too."""
    async with DatabaseStorage(database).read() as tx:
        if await is_met(tx, now):
            finding = t("another program polls with this BOT_TOKEN: it takes customers' messages away from the shop")
            return mend("telegram.poller", finding)
    return ok("telegram.poller", t("no other program was seen to poll with this BOT_TOKEN"))
