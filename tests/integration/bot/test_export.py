"""/export as an admin meets it in the chat."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import bot.admin.export_file
from checkout.reporting.export_payments import PAGE, ExportPayments
from sandbox.fake_telegram.chats import ANNA, MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import keep, one_of_many
from tests.support.statistics_data import paid_after, rows


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id, ANNA.id)


async def exported(shop: BotShop, command: str, admin: Person = MIRA) -> list[ChatMessage]:
    """What the bot says until the export has ended; the messages as they are then."""
    said = await shop.say(admin, command)
    await shop.chat_tasks.done()
    return [one for one in shop.telegram.chat(admin) if one.by_bot and one.message_id >= said[0].message_id]


def file_of(messages: list[ChatMessage]) -> bytes:
    document = messages[-1].document
    assert document is not None
    return document.content


async def test_an_export_is_a_file_of_the_last_thirty_days(shop: BotShop) -> None:
    await keep(
        shop.storage,
        one_of_many(1, at=NOON - timedelta(days=40)),
        paid_after(2, NOON - timedelta(days=20), 90, email="=cmd@example.com"),
        one_of_many(3, at=NOON - timedelta(hours=1)),
    )

    progress, answer = await exported(shop, "/export")

    found = rows(file_of([answer]))
    assert answer.document is not None
    assert answer.document.filename == "payments-2026-10-24-to-2026-11-22.csv"
    assert [row["payment_id"] for row in found] == ["pay_000000000002", "pay_000000000003"]
    assert (found[0]["status"], found[0]["amount_major"]) == ("paid", "19.00")
    assert found[0]["email"] == "'=cmd@example.com"
    assert answer.text.startswith("How to read it: open it in LibreOffice or Google Sheets, or in Excel")
    assert "2 payments made in this time: 24 Oct – 22 Nov 2026." in answer.text
    assert progress.text == "✅ 2 payments."


@pytest.mark.parametrize(
    ("argument", "numbers"),
    [("7", [4]), ("2026-10-01 2026-10-31", [2, 3]), ("2026-10-20", [3, 4]), ("all", [1, 2, 3, 4])],
)
async def test_any_days_can_be_exported(shop: BotShop, argument: str, numbers: list[int]) -> None:
    days = [datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]
    await keep(
        shop.storage, *(one_of_many(number, at=at) for number, at in enumerate([*days, NOON - timedelta(days=2)], 1))
    )

    said = await exported(shop, f"/export {argument}")

    assert [int(row["payment_id"][4:]) for row in rows(file_of(said))] == numbers


async def test_days_begin_at_the_shops_midnight(shop: BotShop) -> None:
    midnight = datetime(2026, 10, 31, tzinfo=shop.catalog.shop.timezone).astimezone(UTC)
    await keep(shop.storage, one_of_many(1, at=midnight - timedelta(seconds=1)), one_of_many(2, at=midnight))

    said = await exported(shop, "/export 2026-10-31 2026-10-31")

    [row] = rows(file_of(said))
    assert (row["payment_id"], row["date"]) == ("pay_000000000002", "2026-10-31 00:00")


async def test_days_without_payments_are_told_without_a_file(shop: BotShop) -> None:
    [said] = await exported(shop, "/export 7")

    assert said.document is None
    assert said.text == "No payment was made in this time: 16–22 Nov 2026."


@pytest.mark.parametrize(
    "argument", ["0", "weeks 3", "2026-11-31", "2026-11-02 2026-11-01", "31.11.2026", "7 8 9", "<i>"]
)
async def test_what_is_no_period_is_answered_with_examples(shop: BotShop, argument: str) -> None:
    [said] = await exported(shop, f"/export {argument}")

    assert "/export 2026-11-01 2026-11-30 — from the first day to the last" in said.text


async def test_an_export_is_written_down(shop: BotShop) -> None:
    await exported(shop, "/export 2026-11-01 2026-11-30")

    [entry] = (await shop.dependencies.audit_trail.newest(None, 5)).entries
    assert (entry.admin_id, entry.action) == (MIRA.id, "exported")
    assert entry.details == {"from": "2026-11-01", "to": "2026-11-30"}


async def test_the_next_command_does_not_wait_for_an_export(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(shop.storage, one_of_many(1, at=NOON - timedelta(days=1)))
    gate = asyncio.Event()
    write = ExportPayments.write

    async def slow(self: ExportPayments, *arguments: Any, **options: Any) -> int:
        await gate.wait()
        return await write(self, *arguments, **options)

    monkeypatch.setattr(ExportPayments, "write", slow)
    await shop.say(MIRA, "/export")

    [stats] = await shop.say(MIRA, "/stats")
    [second] = await shop.say(MIRA, "/export 7")
    gate.set()
    await shop.chat_tasks.done()

    assert "Nobody has tried to pay" in stats.text
    assert "is being written already" in second.text
    assert [row["payment_id"] for row in rows(file_of(shop.telegram.chat(MIRA)))] == ["pay_000000000001"]


async def many(shop: BotShop, count: int) -> None:
    async with shop.storage.begin() as tx:
        for number in range(count):
            await tx.payments.add(one_of_many(number, at=NOON - timedelta(days=2, seconds=-number)))


async def test_how_it_goes_is_told_in_the_same_message(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.admin.export_file, "PROGRESS_SECONDS", 0)
    await many(shop, 2 * PAGE + 50)

    progress, answer = await exported(shop, "/export")

    assert progress.earlier_texts == [
        "⏳ Writing the payments of 24 Oct – 22 Nov 2026 …",
        f"⏳ {PAGE} payments so far, up to 20 November 2026 …",
        f"⏳ {2 * PAGE} payments so far, up to 20 November 2026 …",
        f"⏳ {2 * PAGE + 50} payments so far, up to 20 November 2026 …",
        f"⏳ {2 * PAGE + 50} payments. The file is being sent …",
    ]
    assert len(rows(file_of([answer]))) == 2 * PAGE + 50


async def test_the_message_is_not_edited_more_often_than_people_read(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.admin.export_file, "PROGRESS_SECONDS", 3600)  # on a busy machine two pass meanwhile
    await many(shop, 600)

    progress, _ = await exported(shop, "/export")

    assert not any("so far" in text for text in progress.earlier_texts)


async def test_a_file_that_is_too_large_is_packed(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.admin.export_file, "LARGEST", 10_000)
    monkeypatch.setattr(bot.admin.export_file, "LARGEST_UNPACKED", 100_000)
    await many(shop, 260)

    _, answer = await exported(shop, "/export")

    assert answer.document is not None
    assert answer.document.filename.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(file_of([answer]))) as archive:
        assert len(rows(archive.read("payments-2026-10-24-to-2026-11-22.csv"))) == 260


@pytest.mark.parametrize(("packed", "unpacked"), [(500, 100_000), (500, 10_000)])
async def test_what_telegram_does_not_take_even_packed_is_refused_with_a_way_out(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch, packed: int, unpacked: int
) -> None:
    monkeypatch.setattr(bot.admin.export_file, "LARGEST", packed)
    monkeypatch.setattr(bot.admin.export_file, "LARGEST_UNPACKED", unpacked)
    await many(shop, 260)

    [said] = await exported(shop, "/export")

    assert said.document is None
    assert "Export fewer days at once" in said.text
    assert "checkout-bot export FILE.csv" in said.text


async def test_a_full_disk_is_told_and_the_next_export_works(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(shop, 3)

    async def full(*_: Any, **__: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(ExportPayments, "write", full)
        [said] = await exported(shop, "/export")

    assert "could not be written" in said.text
    assert len(rows(file_of(await exported(shop, "/export")))) == 3


async def test_a_file_that_telegram_refuses_is_told(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(shop, 3)
    monkeypatch.setattr("sandbox.fake_telegram.rules.LARGEST_FILE", 10)

    [said] = await exported(shop, "/export")

    assert said.text.startswith("The file is written, but could not be sent: the file is larger than Telegram takes.")
    assert not shop.chat_tasks.is_running(MIRA.id)


async def test_why_it_was_refused_is_told_in_the_admins_language(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(shop, 3)
    await shop.say(MIRA, "/language")
    await shop.press(MIRA, shop.telegram.chat(MIRA)[-1], "lang:ru")
    monkeypatch.setattr("sandbox.fake_telegram.rules.LARGEST_FILE", 10)

    [said] = await exported(shop, "/export")

    assert said.text.startswith("Файл готов, но отправить его не удалось: файл больше, чем принимает Telegram.")


async def test_two_admins_export_at_once(shop: BotShop) -> None:
    await many(shop, 3)
    await shop.say(MIRA, "/export")
    await shop.say(ANNA, "/export 7")
    await shop.chat_tasks.done()

    assert len(rows(file_of(shop.telegram.chat(MIRA)))) == 3
    assert len(rows(file_of(shop.telegram.chat(ANNA)))) == 3


async def test_the_end_of_the_process_does_not_wait_for_an_export(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_: Any, **__: Any) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(ExportPayments, "write", endless)
    await shop.say(MIRA, "/export")
    await shop.restart()

    assert not shop.chat_tasks.is_running(MIRA.id)
