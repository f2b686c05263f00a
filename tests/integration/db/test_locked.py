"""Another process holds SQLite's lock for longer than anybody waits: that is a database away, and it passes."""

import asyncio
import resource
import stat
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

import db.engine.sqlite
import db.recording.group_writer
from app.runtime.readiness import Readiness
from checkout.errors import CheckoutError, DatabaseAway
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage, OutboxMessage
from checkout.notifications.delivery import Sent
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_slot import SendSlot
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Steps
from db.engine.database_url import parse_database_url
from db.engine.sqlite import SqliteDatabase
from db.maintenance.migrate import migrate
from db.maintenance.schema import is_newest
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage, open_database
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.clock import MovedClock
from tests.support.event_samples import RULES, failed
from tests.support.faults.other_process import OtherProcess, other_process
from tests.support.payments import a_payment
from tests.support.shop import Shop, running_shop, until


class Counting(SqliteDatabase):
    """Counts how often a group was tried."""

    runs = 0

    async def run(self, steps: Steps) -> None:
        self.runs += 1
        await super().run(steps)


@pytest.fixture
async def database(sqlite_file: Path) -> AsyncIterator[Counting]:
    opened = await Counting.open(sqlite_file)
    assert isinstance(opened, Counting)
    yield opened
    await opened.close()


@pytest.fixture
def storage(database: Counting) -> DatabaseStorage:
    return DatabaseStorage(database)


@pytest.fixture
def other(sqlite_file: Path) -> Iterator[OtherProcess]:
    with other_process(sqlite_file) as process:
        yield process


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.engine.sqlite, "BUSY_SECONDS", 0.3)
    monkeypatch.setattr(db.recording.group_writer, "AT_ONCE_SECONDS", 0.1)


@pytest.mark.usefixtures("impatient")
async def test_those_in_line_wait_as_long_as_the_first_and_not_after_it(
    storage: DatabaseStorage, other: OtherProcess, clock: MovedClock
) -> None:
    async def write(number: int) -> None:
        async with storage.begin() as tx:
            await tx.updates.note(number, clock.now())

    other.take_lock()
    said = await asyncio.gather(*(write(number) for number in range(20)), return_exceptions=True)
    other.give_back()
    assert [type(one) for one in said] == [DatabaseAway] * 20
    assert {str(one) for one in said} == {
        "SQLite: database is locked",
        "SQLite: the transactions before this one do not end",
    }
    for number in range(20):  # one by one: together they could take longer than the impatient wait
        await write(number)


@pytest.mark.usefixtures("impatient")
async def test_a_group_waits_once_and_not_for_each_of_its_events(
    database: Counting, other: OtherProcess, clock: MovedClock, storage: DatabaseStorage
) -> None:
    async with storage.begin() as tx:
        await tx.payments.add(a_payment())
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    writing = asyncio.create_task(writer.run())
    events = [failed(f"ch_{number}") for number in range(30)]
    other.take_lock()
    said = await asyncio.gather(*(writer.record(one) for one in events), return_exceptions=True)
    assert [type(one) for one in said] == [DatabaseAway] * 30
    assert database.runs == 1
    other.give_back()
    await asyncio.gather(*(writer.record(one) for one in events))
    assert database.runs == 2
    writer.stop()
    await writing


async def test_a_writer_that_is_canceled_leaves_nobody_waiting(
    database: Counting, other: OtherProcess, clock: MovedClock
) -> None:
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    writing = asyncio.create_task(writer.run())
    other.take_lock()
    recording = [asyncio.create_task(writer.record(failed(f"ch_{number}"))) for number in range(70)]
    await asyncio.sleep(0.05)
    writing.cancel()
    said = await asyncio.gather(*recording, writer.record(failed("late")), return_exceptions=True)
    assert [type(one) for one in said] == [DatabaseAway] * 71
    other.give_back()


class KeepsWhatItSaid:
    """A Delivery that writes before it sends, as one does that stores what it has rendered."""

    def __init__(self, storage: DatabaseStorage, other: OtherProcess) -> None:
        self._storage, self._other = storage, other
        self.tries = 0

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        self.tries += 1
        if self.tries == 1:
            self._other.take_lock()
        async with self._storage.begin() as tx:
            await tx.outbox.store_rendered(message.message_id, b"rendered")
        await slot.wait()
        return Sent("1")


@pytest.mark.usefixtures("impatient")
async def test_a_delivery_that_finds_the_database_locked_is_tried_again(
    storage: DatabaseStorage, other: OtherProcess, clock: MovedClock
) -> None:
    async with storage.begin() as tx:
        await tx.payments.add(a_payment())
        await tx.outbox.add([NewMessage("mail/1", Channel.MAIL, PaymentPaid(), "a@b.org", "pay_1", clock.now())])
    delivery = KeepsWhatItSaid(storage, other)
    worker = OutboxWorker(
        Channel.MAIL, storage, clock, delivery, RateLimiter(1e6), ServiceHealth("Resend", clock), Backpressure(), ()
    )
    trying = asyncio.create_task(worker.deliver_due())
    await until(lambda: is_waiting_for_database(worker), "the delivery to find the database locked")
    other.give_back()
    await trying
    clock.forward(seconds=61)
    await worker.deliver_due()
    assert delivery.tries == 2
    async with storage.begin() as tx:
        assert await tx.outbox.next_due(Channel.MAIL) is None


async def is_waiting_for_database(worker: OutboxWorker) -> bool:
    return worker._database.is_down


async def test_readiness_proves_a_write(
    database: Counting, other: OtherProcess, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("ANSWER_SECONDS", 0.3), ("PROOF_SECONDS", 0.0)):
        monkeypatch.setattr(f"app.runtime.readiness.{name}", seconds)
    ready = Readiness(database, clock)
    other.take_lock()
    for answer in await asyncio.gather(*(ready() for _ in range(5))):
        assert answer["database"].startswith("has not taken a write within")
    other.give_back()
    monkeypatch.setattr("app.runtime.readiness.ANSWER_SECONDS", 30.0)
    assert set((await ready()).values()) == {"ok"}


async def test_the_files_of_a_new_database_are_for_their_owner_alone(tmp_path: Path) -> None:
    database_url = parse_database_url(f"sqlite:///{tmp_path}/new/shop.db")
    await migrate(database_url)
    database = await open_database(database_url)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "new").iterdir()}
    assert modes == dict.fromkeys(("shop.db", "shop.db-wal", "shop.db-shm"), 0o600)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    await database.close()


@pytest.mark.parametrize("beside", ["", "notes.txt"], ids=["a folder of its own", "a shared folder"])
async def test_files_of_older_releases_are_closed_to_others_at_the_next_start(beside: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    database_url = parse_database_url(f"sqlite:///{folder}/shop.db")
    await migrate(database_url)
    database = await open_database(database_url)
    files = [folder / name for name in ("shop.db", "shop.db-wal", "shop.db-shm", *filter(None, [beside]))]
    for file in files:
        file.touch()
        file.chmod(0o644)
    folder.chmod(0o755)
    await migrate(database_url)
    assert [stat.S_IMODE(file.stat().st_mode) for file in files[:3]] == [0o600] * 3
    assert stat.S_IMODE(folder.stat().st_mode) == (0o755 if beside else 0o700)
    assert not beside or stat.S_IMODE(files[3].stat().st_mode) == 0o644
    await database.close()


async def test_what_is_no_database_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "tool").write_bytes(b"#!/bin/sh\n" * 100)
    for file in (tmp_path, tmp_path / "tool"):
        file.chmod(0o755)
        address = parse_database_url(f"sqlite:///{file}")
        with pytest.raises(CheckoutError):
            await migrate(address)
        assert file.is_dir() or not await is_newest(address)
        assert stat.S_IMODE(file.stat().st_mode) == 0o755


async def test_a_full_disk_is_told_by_readiness_and_nothing_stays_broken(
    database: Counting, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runtime.readiness.PROOF_SECONDS", 0.0)
    ready = Readiness(database, clock)
    assert (await ready())["database"] == "ok"
    clock.forward(seconds=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        full = await ready()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full["database"].startswith("cannot be used")
    assert set((await ready()).values()) == {"ok"}


async def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "shop.db").symlink_to(tmp_path / "gone/shop.db")
    with pytest.raises(DatabaseAway, match="unable to open"):
        await open_database(parse_database_url(f"sqlite:///{tmp_path}/shop.db"))


@pytest.mark.parametrize("released", ["by its end", "by SIGKILL"])
async def test_a_shop_whose_database_was_locked_for_long_goes_on_by_itself(
    released: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests, handlers, deliveries, webhooks and the periodic tasks run out of time meanwhile."""
    async with running_shop() as shop:
        token, idle = await shop.verified(BEN, "ben@example.org"), await shop.verified(ANNA, "anna@example.org")
        intent_id = await shop.intent(token)
        with (
            other_process(shop.sandbox.folder / "checkout.db") as other,
            monkeypatch.context() as patched,
        ):
            patched.setattr(db.engine.sqlite, "BUSY_SECONDS", 0.5)
            patched.setattr("app.runtime.readiness.ANSWER_SECONDS", 0.2)
            await asyncio.to_thread(other.take_lock)  # the shop, in this process too, may be writing just now
            shop.stripe.pay(intent_id)
            said = shop.telegram.say(BEN, "/start poster")
            assert await asyncio.gather(*(opened(shop, idle) for _ in range(12))) == [503] * 12
            await until(lambda: answered(shop, "/readyz", 503), "the shop to say that it cannot write")
            await until(lambda: was_refused(shop), "a webhook to be refused")
            await shop.periodic_tasks.close_once()
            if released == "by its end":
                other.give_back()
        await until(lambda: answered(shop, "/readyz", 200), "the shop to be ready")
        await shop.until_status(token, "paid")
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid", timeout=60)
        await shop.telegram.wait_for(BEN, lambda one: bool(one.document and "guide" in one.document.filename), 60)
        await shop.telegram.wait_for(
            BEN, lambda one: one.message_id > said.message_id and any("/pay/" in url for url in one.urls)
        )
        assert await opened(shop, idle) == 200
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
    assert "Traceback" not in caplog.text


async def opened(shop: Shop, token: str) -> int:
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        return response.status


async def answered(shop: Shop, path: str, status: int) -> bool:
    async with shop.http.get(shop.url + path) as response:
        return response.status == status


async def was_refused(shop: Shop) -> bool:
    return any(attempt.status == 503 for attempt in shop.stripe.attempts)
