"""A product's files lie in the database once, and a mail that is tried again carries those it was made with."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from checkout import limits
from checkout.errors import ServiceUnavailable
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from checkout.notifications.handover import HandOver
from checkout.notifications.mail_delivery import MailDelivery
from checkout.notifications.outbox_worker import OutboxWorker
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import Query
from db.storage import DatabaseStorage
from messages.renderer import MessageRenderer
from tests.support.clock import MovedClock
from tests.support.databases import ask
from tests.support.fakes import FakeGateway, RememberingMails
from tests.support.message_samples import with_files
from tests.support.notifications import outbox_worker
from tests.support.payments import a_paid_payment, keep

MEGABYTE = 1_000_000
SIZE = 28 * MEGABYTE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"first edition")
    return path


@pytest.fixture
def worker(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails, file: Path) -> OutboxWorker:
    catalog = with_files("guide", file)
    goods = HandOver(storage, clock, lambda: None, catalog)
    renderer = MessageRenderer(catalog, "https://pay.example.com")
    return outbox_worker(storage, clock, MailDelivery(storage, renderer, mails, FakeGateway(), goods))


async def owe(storage: DatabaseStorage, clock: MovedClock, *numbers: int) -> None:
    now = clock.now()
    await keep(storage, *(a_paid_payment(number, at=now, sku="guide") for number in numbers))
    mails = [
        NewMessage(f"mail/{n}", Channel.MAIL, PaymentPaid(), f"anna{n}@example.com", f"pay_{n}", now) for n in numbers
    ]
    async with storage.begin() as tx:
        await tx.outbox.add(mails)


def becomes(file: Path, content: bytes) -> None:
    """With no content it vanishes."""
    if content:
        file.write_bytes(content)
    else:
        file.unlink()


def files_in(mails: RememberingMails) -> Sequence[bytes]:
    return [mail.attachments[1].content for mail in mails.sent]


async def stored(database: Database) -> int:
    ((number,),) = await ask(database, "SELECT count(*) FROM file_contents")
    return int(number)


@pytest.mark.parametrize("changed", [b"second edition", b""], ids=["changed", "vanished"])
async def test_what_was_sold_is_sent_though_the_file_has_changed_since(
    storage: DatabaseStorage,
    clock: MovedClock,
    mails: RememberingMails,
    worker: OutboxWorker,
    file: Path,
    changed: bytes,
) -> None:
    await owe(storage, clock, 1)
    mails.failure = ServiceUnavailable("down")
    await worker.deliver_due()
    becomes(file, changed)
    clock.forward(seconds=61)
    mails.failure = None
    await worker.deliver_due()
    assert files_in(mails) == [b"first edition"]
    assert len(set(mails.tries)) == 1


async def test_each_edition_is_stored_once_and_goes_when_no_mail_has_carried_it_for_long(
    storage: DatabaseStorage,
    clock: MovedClock,
    mails: RememberingMails,
    worker: OutboxWorker,
    file: Path,
    database: Database,
) -> None:
    await owe(storage, clock, 1, 2, 3)
    await worker.deliver_due()
    assert await stored(database) == 1
    clock.forward(days=20)
    await owe(storage, clock, 4)
    await worker.deliver_due()
    clock.forward(days=20)
    becomes(file, b"second edition")
    await owe(storage, clock, 5)
    await worker.deliver_due()
    assert await stored(database) == 2, "the first was sold twenty days ago"
    clock.forward(seconds=limits.files_kept().total_seconds() + 1)
    becomes(file, b"third edition")
    await owe(storage, clock, 6)
    await worker.deliver_due()
    assert await stored(database) == 1
    assert files_in(mails)[-3:] == [b"first edition", b"second edition", b"third edition"]


async def test_a_mail_that_was_parked_until_its_file_had_gone_is_made_anew(
    storage: DatabaseStorage,
    clock: MovedClock,
    mails: RememberingMails,
    worker: OutboxWorker,
    file: Path,
    database: Database,
) -> None:
    await owe(storage, clock, 1)
    mails.failure = ServiceUnavailable("down")
    await worker.deliver_due()
    clock.forward(seconds=61)
    mails.failure = None
    sql = "DELETE FROM file_contents"
    async with database.begin() as connection:
        await connection.execute(Query("by a test", sql, sql, ()), {})
    becomes(file, b"second edition")
    await worker.deliver_due()
    assert files_in(mails) == [b"second edition"]
    assert await stored(database) == 1


def size_of(address: DatabaseUrl) -> int:
    assert address.file is not None
    return sum(part.stat().st_size for part in address.file.parent.glob(f"{address.file.name}*"))


async def test_ten_sales_of_28_megabytes_take_the_room_of_one(
    storage: DatabaseStorage,
    clock: MovedClock,
    mails: RememberingMails,
    worker: OutboxWorker,
    file: Path,
    database: Database,
    database_url: DatabaseUrl,
) -> None:
    becomes(file, b"\x9c" * SIZE)
    await owe(storage, clock, 1)
    await worker.deliver_due()

    async def size() -> int:
        if database_url.file is not None:
            return size_of(database_url)
        ((taken,),) = await ask(database, "SELECT pg_database_size(current_database())")
        return int(taken)

    first = await size()
    await owe(storage, clock, *range(2, 11))
    await worker.deliver_due()
    await worker.deliver_due()
    assert len(mails.sent) == 10
    assert await size() - first < 2 * MEGABYTE
