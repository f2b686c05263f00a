"""A large product over an ordinary line: sent once, in nobody's way, and not again and again. All is scaled down."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.settings import load_settings
from app.wiring.application import built
from checkout import limits
from checkout.model.message_kind import Kind
from db.engine.sql_loader import Query
from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.clock import MovedClock
from tests.support.databases import new_sqlite_database
from tests.support.faults.outage import CUSTOMERS, OutageHarness, address_of
from tests.support.faults.slow_line import SlowLine, slow_line
from tests.support.message_samples import with_files
from tests.support.shop import until

SIZE = 400_000
# Four times as long as an ordinary request may take.
PATIENCE, LINE = 0.5, SIZE / 2.0


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * SIZE)
    return path


@pytest.fixture(autouse=True)
def _scaled_down(monkeypatch: pytest.MonkeyPatch, short_pause_in_chats: None) -> None:
    for name in ("telegram_timeout", "resend_timeout"):
        monkeypatch.setattr(limits, name, lambda: timedelta(seconds=PATIENCE))
    monkeypatch.setattr(limits, "upload_from", lambda: SIZE // 2)
    monkeypatch.setattr(limits, "slowest_line", lambda: int(LINE / 3))


class Line(OutageHarness):
    telegram_line: SlowLine
    resend_line: SlowLine


@pytest.fixture
async def shop(large: Path) -> AsyncIterator[Line]:
    clock = MovedClock()
    async with (
        Sandbox() as sandbox,
        slow_line(sandbox.telegram.url, LINE) as telegram,
        slow_line(sandbox.resend.url, LINE) as resend,
    ):
        urls = {"TELEGRAM_API_URL": telegram.url, "RESEND_API_URL": resend.url, "MAILS_PER_SECOND": "9999"}
        settings = load_settings({**sandbox.settings(1), **urls}, sandbox.folder)
        await new_sqlite_database(sandbox.folder / "checkout.db")
        for person in CUSTOMERS:
            sandbox.telegram.meet(person)
        async with built(settings, with_files("course", large), clock) as application:
            line = Line(sandbox, application, clock)
            line.telegram_line, line.resend_line = telegram, resend
            yield line


async def test_a_large_file_arrives_once_in_the_chat_and_by_mail(shop: Line) -> None:
    await shop.owe((ANNA,), receipts=1)
    for _ in range(3):
        await shop.round()
    assert [one.document.filename for one in shop.telegram.chat(ANNA) if one.document][-1] == "film.mp4"
    (mail,) = shop.resend.mails_to(address_of(ANNA), Kind.PAYMENT_PAID)
    assert len(mail.attachments[1].content) == SIZE
    assert SIZE < shop.telegram_line.carried < SIZE * 1.5
    assert SIZE * 4 / 3 < shop.resend_line.carried < SIZE * 4 / 3 * 1.5
    services = shop.application.services
    assert not services.telegram_health.is_down and not services.resend_health.is_down


async def test_the_second_customer_gets_what_telegram_has_and_another_bot_uploads_for_itself(shop: Line) -> None:
    await shop.owe((ANNA,), receipts=1)
    for _ in range(2):
        await shop.round()
    before = shop.telegram_line.carried
    await shop.owe_one(BEN, 2)
    for _ in range(2):
        await shop.round()
    assert [one.document.filename for one in shop.telegram.chat(BEN) if one.document][-1] == "film.mp4"
    assert shop.telegram_line.carried - before < SIZE / 2
    sql = "UPDATE telegram_files SET file_id = 'another bot has that'"
    async with shop.application.services.database.begin() as connection:
        await connection.execute(Query("by a test", sql, sql, ()), {})
    await shop.owe_one(MIRA, 3)
    for _ in range(2):
        await shop.round()
    assert [one.document.filename for one in shop.telegram.chat(MIRA) if one.document][-1] == "film.mp4"
    assert shop.telegram_line.carried - before > SIZE


async def test_receipts_of_others_do_not_wait_behind_uploads(shop: Line) -> None:
    await shop.owe((ANNA, MIRA), receipts=1)
    workers = shop.application.outbox.workers
    running = [asyncio.create_task(worker.run()) for worker in workers]

    async def files_are_under_way() -> bool:
        return shop.telegram_line.carried > SIZE / 4 and shop.resend_line.carried > SIZE / 4

    await until(files_are_under_way, "the uploads to begin")
    for line in (shop.telegram_line, shop.resend_line):
        line.bytes_per_second //= 10  # they take their time, however slow this machine is with the small ones
    await shop.owe_one(BEN, 9, sku="guide")
    for worker in workers:
        worker.wake()

    async def told() -> bool:
        mailed = shop.resend.mails_to(address_of(BEN), Kind.PAYMENT_PAID)
        return bool(mailed) and any(one.document for one in shop.telegram.chat(BEN))

    await until(told, "another one's receipt")
    films = [one for person in (ANNA, MIRA) for one in shop.telegram.chat(person) if is_film(one)]
    arrived = shop.resend.mails_to(address_of(ANNA)) + shop.resend.mails_to(address_of(MIRA))
    await asyncio.gather(*(worker.stop(5) for worker in workers), *running)
    assert len(films) < 2 and len(arrived) < 2, "they are still on their way"


async def test_a_file_that_nobody_answers_comes_three_times_then_an_admin_hears(
    shop: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.telegram_line.bytes_per_second = SIZE * 100
    monkeypatch.setattr(limits, "slowest_line", lambda: SIZE // 2)
    await shop.owe((ANNA,), receipts=1)
    await shop.round()
    shop.telegram.faults.set(FaultMode.HANG, path_contains="sendDocument")
    before = shop.telegram_line.carried
    for _ in range(6):
        shop.clock.forward(seconds=61)
        await shop.round()
    assert SIZE * 3 < shop.telegram_line.carried - before < SIZE * 3.5
    assert not shop.application.services.telegram_health.is_down
    sql = "SELECT kind, state FROM outbox WHERE channel = 'chat' AND kind <> 'payment_paid' ORDER BY message_id"
    async with shop.application.services.database.read() as connection:
        rows = await connection.fetch(Query("by a test", sql, sql, ()), {})
    found = [(row["kind"], row["state"]) for row in rows]
    assert found == [(Kind.PAYMENT_FILE, "parked"), (Kind.ADMIN_UNREACHABLE, "sent")]
    assert "may not have arrived" in shop.telegram.chat(MIRA)[-1].text
    shop.telegram.faults.set(FaultMode.OK)


async def test_in_an_outage_no_file_is_sent_that_may_or_may_not_arrive(shop: Line) -> None:
    shop.telegram_line.bytes_per_second = SIZE * 100
    await shop.owe((ANNA,), receipts=1)
    await shop.round()
    shop.telegram.faults.set(FaultMode.RESET)
    before = shop.telegram_line.carried
    for _ in range(6):
        shop.clock.forward(seconds=61)
        await shop.round()
    assert shop.telegram_line.carried - before < SIZE / 2
    assert shop.application.services.telegram_health.is_down
    shop.telegram.faults.set(FaultMode.OK)
    shop.clock.forward(seconds=61)
    await shop.round()
    assert [one for one in shop.telegram.chat(ANNA) if is_film(one)]
    assert not shop.application.services.telegram_health.is_down


async def test_one_customers_trouble_is_no_outage(shop: Line) -> None:
    shop.telegram_line.bytes_per_second = shop.resend_line.bytes_per_second = SIZE * 100
    await shop.owe((ANNA,), receipts=1)
    shop.resend.faults.set(FaultMode.RESET, path_contains="/emails")
    await shop.round()
    shop.resend.faults.set(FaultMode.OK)
    assert not shop.application.services.resend_health.is_down
    await shop.owe_one(BEN, 2, sku="guide")
    await shop.round()
    assert shop.resend.mails_to(address_of(BEN), Kind.PAYMENT_PAID)
    shop.clock.forward(seconds=61)
    await shop.round()
    assert len(shop.resend.mails_to(address_of(ANNA), Kind.PAYMENT_PAID)) == 1


def is_film(message: object) -> bool:
    document = getattr(message, "document", None)
    return document is not None and document.filename == "film.mp4"
