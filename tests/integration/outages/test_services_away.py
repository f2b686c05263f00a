"""Telegram, Resend and Stripe away for minutes, in every way: nothing lost, nothing twice, nothing hammered."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import stripe

from app.commands.serve import serve_until
from app.settings import load_settings
from bot.telegram.account import TelegramAccount
from bot.telegram.errors import UNKNOWN_TOKEN
from bot.telegram.sender import TelegramChatSender
from checkout import limits
from checkout.errors import AskedToWait, ServiceUnavailable
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingChat, OutgoingMail
from sandbox.base.fake_server import FaultMode, StandIn
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.databases import new_sqlite_database
from tests.support.faults.outage import (
    FAULTS,
    MAILED,
    RETRY_AFTER,
    TOLD,
    OutageHarness,
    break_,
    ended,
    hang_up_soon,
    most_at_once,
    outage_harness,
    said_of,
)
from tests.support.project import CATALOG
from tests.support.shop import free_port, opened_shop, until

ALONE = ("refused", "hanging", "limited", "a page with 404")  # all the others below, where all three are away
# Half of one, two, four … thirty seconds, then half a minute each: more probes do not fit into six minutes.
MINUTES, MOST_PROBES = 6, 18
NOTICED_SECONDS = 61


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, short_pause_in_chats: None) -> None:
    """No rate is limited here: that is another test's."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    for rate in ("chat_messages_per_second", "bot_calls_per_second"):
        monkeypatch.setattr(limits, rate, lambda: 1e6)
    caplog.set_level(logging.INFO)


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OutageHarness]:
    async with outage_harness(MAILS_PER_SECOND="9999") as opened:
        for service in opened.sandbox.stand_ins:
            hang_up_soon(monkeypatch, service)
        yield opened


def probes(shop: OutageHarness, service: StandIn) -> list[float]:
    """When the service was asked after those that were under way together when it went down."""
    times = shop.asked_at[service]
    return [at for at in times if at > times[0]]


def assert_left_in_peace(shop: OutageHarness, service: StandIn, fault: str) -> None:
    times = shop.asked_at[service]
    if not times:  # refused: nothing comes as far as the stand-in
        return
    assert len(times) <= limits.sends_at_once() + MOST_PROBES
    gaps = [after - before for before, after in pairwise([times[0], *probes(shop, service)])]
    assert all(gap > 0 for gap in gaps), "one probe at a time"
    assert max(gaps) <= NOTICED_SECONDS
    if fault == "limited":
        assert min(gaps) >= RETRY_AFTER


@pytest.mark.parametrize("fault", ALONE)
async def test_receipts_wait_for_a_resend_that_is_away(
    shop: OutageHarness, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.owe()
    await break_(shop.resend, fault)
    await shop.pass_(MINUTES)
    assert shop.told() == TOLD, "the chat does not wait for the mail"
    assert_left_in_peace(shop, shop.resend, fault)
    assert said_of("Resend", caplog) == (1, 0)
    await shop.resend.bring_back()
    await shop.pass_(1.5)
    assert shop.mailed() == MAILED
    assert said_of("Resend", caplog) == (1, 1)
    assert said_of("Telegram", caplog) == (0, 0)


@pytest.mark.parametrize("fault", ALONE)
async def test_messages_wait_for_a_telegram_that_is_away(
    shop: OutageHarness, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.owe()
    await break_(shop.telegram, fault)
    await shop.pass_(MINUTES)
    assert shop.mailed() == MAILED, "the mail does not wait for the chat"
    assert_left_in_peace(shop, shop.telegram, fault)
    assert said_of("Telegram", caplog) == (1, 0)
    await shop.telegram.bring_back()
    await shop.pass_(1.5)
    assert shop.told() == TOLD
    assert said_of("Telegram", caplog) == (1, 1)


async def test_a_message_whose_answer_is_lost_in_its_body_is_said_once(shop: OutageHarness) -> None:
    await shop.owe()
    await break_(shop.telegram, "reset in the body")
    await shop.pass_(2)
    await shop.telegram.bring_back()
    await shop.pass_(1.5)
    assert shop.told() == TOLD
    asked = Counter(call.path.rpartition("/")[2] for call in shop.telegram.calls)
    assert asked == {"sendDocument": 6, "sendMessage": 6}


@pytest.mark.parametrize("fault", ALONE)
async def test_a_stripe_that_is_away_keeps_no_receipt_back(
    shop: OutageHarness, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.owe()
    await break_(shop.stripe, fault)
    await shop.pass_(1)
    assert (shop.mailed(), shop.told()) == (MAILED, TOLD)
    looks, notes = ([one for one in shop.stripe.calls if one.method == way] for way in ("GET", "POST"))
    # For the card's last digits each receipt asks once, the SDK once more, and aiohttp once more for each of the two
    # where a connection that was kept turns out to be gone.
    assert len(looks) <= 12 * 2 * 2
    # Receipt numbers for Stripe to keep wait for one probe at a time, at growing distances; the SDK asks once more.
    assert len(notes) <= 10 * 2
    assert said_of("Stripe", caplog) == (1, 0)


@pytest.mark.parametrize("fault", FAULTS)
async def test_with_all_three_away_everything_is_told_afterwards_and_once(
    shop: OutageHarness, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    answers_lost = fault == "reset in the body"  # then Telegram has done what it was asked
    await shop.owe()
    for service in shop.sandbox.stand_ins:
        await break_(service, fault)
    await shop.pass_(MINUTES)
    assert_left_in_peace(shop, shop.resend, fault)
    if not answers_lost:
        assert_left_in_peace(shop, shop.telegram, fault)
    for service in shop.sandbox.stand_ins:
        await service.bring_back()
    await shop.pass_(2)
    assert (shop.mailed(), shop.told()) == (MAILED, TOLD)
    assert said_of("Resend", caplog) == (1, 1)
    assert said_of("Telegram", caplog) == ((0, 0) if answers_lost else (1, 1))


@pytest.mark.parametrize("fault", ["hanging", "failing"])
async def test_whoever_asks_meanwhile_shares_one_probe(shop: OutageHarness, fault: str) -> None:
    await shop.owe()
    for service in (shop.resend, shop.telegram):
        await break_(service, fault)
    await shop.round()
    began = {service: len(service.calls) for service in (shop.resend, shop.telegram)}
    mail, chat = shop.application.services.mail_sender, TelegramChatSender(shop.application.services.bot)

    async def impatient(number: int) -> None:
        code = OutgoingMail("ben@example.org", "Your code", "<p>1</p>", "1", {"kind": "verification_code"})
        with contextlib.suppress(ServiceUnavailable):
            await mail.send(code, f"checkout/code/{number}")
        with contextlib.suppress(ServiceUnavailable):
            await chat.send(ANNA.id, OutgoingChat("Hello"))

    for step in range(5):
        shop.clock.forward(seconds=61)
        await asyncio.gather(shop.round(), *(impatient(10 * step + number) for number in range(10)))
    for service, known in began.items():
        probing = list(service.calls)[known:]
        await ended(probing)
        assert most_at_once(probing) == 1
        assert 5 <= len(probing) <= 15, "ten callers are one request, not ten"


HOURS = 7200


async def test_a_service_that_asks_for_two_hours_is_left_alone_for_two_hours(shop: OutageHarness) -> None:
    await shop.owe()
    await break_(shop.resend, "limited", retry_after=HOURS)
    await shop.round()
    asked = len(shop.resend.calls)
    await shop.resend.bring_back()
    for _ in range(7):
        shop.clock.forward(seconds=HOURS / 7 - 1)
        await shop.round()
    assert len(shop.resend.calls) == asked
    shop.clock.forward(seconds=10)
    await shop.pass_(0.1)
    assert shop.mailed() == MAILED


@pytest.mark.parametrize("ended_by", ["the first", "the last", "a code"])
async def test_hours_that_are_over_before_their_time_are_over_for_all(shop: OutageHarness, ended_by: str) -> None:
    """The quota was raised, say: an admin tries one of the mails, or a code leaves."""
    code = OutgoingMail("ben@example.org", "Your code", "<p>1</p>", "1", {"kind": "verification_code"})
    await shop.owe()
    await break_(shop.resend, "limited", retry_after=HOURS)
    with contextlib.suppress(AskedToWait):
        await shop.application.services.mail_sender.send(code, "checkout/code/1")
    await shop.round()
    await shop.resend.bring_back()
    shop.clock.forward(minutes=20)
    await shop.round()
    assert shop.resend.mails == []
    if ended_by == "a code":
        await shop.application.services.mail_sender.send(code, "checkout/code/2")
    else:
        async with shop.application.services.storage.read() as tx:
            waiting = [one for one in await tx.outbox.unsent(0, shop.clock.now(), 99) if one.channel is Channel.MAIL]
        await shop.try_now(waiting[0 if ended_by == "the first" else -1].message_id)
    await shop.pass_(0.2)
    assert shop.mailed() == MAILED


async def test_menus_that_may_not_be_set_for_two_hours_keep_nobody_waiting() -> None:
    """Who has started the shop again and again, say, has set them too often."""
    async with Sandbox() as sandbox:
        sandbox.telegram.faults.set(FAULTS["limited"][0], path_contains="setMyCommands", retry_after=HOURS)
        async with opened_shop(sandbox) as shop:
            shop.telegram.say(BEN, "/help")
            await shop.telegram.wait_for(BEN, lambda one: one.by_bot)


async def test_a_token_that_is_refused_for_the_menus_cuts_no_answer_short(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answering = asyncio.Event()

    async def refused(*_: object) -> None:
        await answering.wait()
        raise ServiceUnavailable(UNKNOWN_TOKEN)

    async def is_answering() -> bool:
        return any(call.path.endswith("/sendMessage") for call in telegram.calls)

    async def is_stopping() -> bool:
        return "finishing what is in flight" in caplog.text

    caplog.set_level("INFO")
    monkeypatch.setattr(TelegramAccount, "set_commands", refused)
    async with Sandbox() as sandbox:
        telegram, settings = sandbox.telegram, load_settings(sandbox.settings(free_port()), sandbox.folder)
        assert settings.database.file is not None
        await new_sqlite_database(settings.database.file)
        telegram.faults.set(FaultMode.HANG, path_contains="sendMessage")
        telegram.say(BEN, "/help")
        served = asyncio.create_task(serve_until(asyncio.Event(), settings, CATALOG))
        await until(is_answering, "the answer to leave")
        answering.set()
        await until(is_stopping, "the shop to end")
        telegram.faults.mode = FaultMode.OK
        assert await served == 1
        assert telegram.chat(BEN)[-1].by_bot
        assert "Telegram updates has ended" not in caplog.text


async def test_a_chat_that_is_to_rest_for_two_hours_is_written_to_by_nobody(shop: OutageHarness) -> None:
    shop.telegram.faults.set(FAULTS["limited"][0], remaining=1, retry_after=HOURS)
    chat = TelegramChatSender(shop.application.services.bot)
    with pytest.raises(AskedToWait):
        await chat.send(ANNA.id, OutgoingChat("Hello"))
    asked = len(shop.telegram.calls)
    for message in (OutgoingChat("Hello again"), OutgoingChat("Edited", edits=1)):
        shop.clock.forward(seconds=HOURS / 2 - 1)
        with pytest.raises(AskedToWait) as caught:
            await chat.send(ANNA.id, message)
    assert caught.value.retry_after == 2
    assert len(shop.telegram.calls) == asked
    await chat.send(BEN.id, OutgoingChat("Hello"))
    shop.clock.forward(seconds=2)
    assert await chat.send(ANNA.id, OutgoingChat("Hello"))


async def test_one_chat_that_has_to_wait_holds_up_no_other(
    shop: OutageHarness, caplog: pytest.LogCaptureFixture
) -> None:
    shop.telegram.faults.set(FAULTS["limited"][0], remaining=1, retry_after=30)
    await shop.owe()
    await shop.pass_(0.25)
    shown = [len(chat) for chat in shop.told()]
    assert sorted(shown) == [0, 2, 2]
    await shop.pass_(0.5)
    assert shop.told() == TOLD
    assert said_of("Telegram", caplog) == (0, 0)
