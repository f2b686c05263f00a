"""Sending to Telegram: what is sent, and what every failure means."""

import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiogram import Bot, exceptions
from aiogram.methods import SendMessage

from bot.telegram.account import Identity
from bot.telegram.client import build_bot
from bot.telegram.errors import translate
from bot.telegram.registration import account_of
from bot.telegram.sender import TelegramChatSender
from checkout.errors import AskedToWait, RecipientUnreachable, ServiceError, ServiceRefused, ServiceUnavailable
from checkout.model.outgoing import Attachment, Button, OutgoingChat
from sandbox.base.fake_server import FaultMode
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import ANNA, BEN

HELLO = OutgoingChat("<b>Hello</b> https://pay.example.com/x", ((Button("Pay", url="https://pay.example.com/x"),),))
METHOD = SendMessage(chat_id=1, text="x")


async def test_a_message_has_markup_and_buttons_and_no_preview(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    message_id = await sender.send(BEN.id, HELLO)

    shown = telegram.chat(BEN)[-1]
    assert shown.message_id == message_id
    assert shown.text == "Hello https://pay.example.com/x"
    assert shown.urls == ["https://pay.example.com/x"]
    assert json.loads(telegram.calls[-1].body["link_preview_options"])["is_disabled"] is True


async def test_a_document_is_sent_with_its_caption(telegram: TelegramStandIn, sender: TelegramChatSender) -> None:
    file = Attachment("receipt.pdf", b"%PDF", "application/pdf")
    await sender.send(BEN.id, OutgoingChat("Your <b>receipt</b>", document=file))

    shown = telegram.chat(BEN)[-1]
    assert shown.document is not None
    assert (shown.document.filename, shown.document.content) == ("receipt.pdf", b"%PDF")
    assert shown.text == "Your receipt"


async def test_a_message_is_edited_in_place_and_twice_the_same_is_done(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    message_id = await sender.send(BEN.id, HELLO)
    edit = OutgoingChat("Paid", edits=message_id)

    assert [await sender.send(BEN.id, edit), await sender.send(BEN.id, edit)] == [message_id, message_id]
    assert telegram.chat(BEN)[-1].text == "Paid"
    assert telegram.chat(BEN)[-1].buttons == []


async def test_where_nothing_can_be_edited_a_new_message_is_sent(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    gone = await sender.send(BEN.id, HELLO)
    telegram.chats.by_id[BEN.id].messages[gone].deleted = True
    theirs = telegram.say(BEN, "mine").message_id

    for edits in (gone, theirs, 999_999):
        before = len(telegram.chat(BEN))
        await sender.send(BEN.id, OutgoingChat("Paid", edits=edits, or_anew=False))
        assert len(telegram.chat(BEN)) == before
        assert await sender.send(BEN.id, OutgoingChat("Paid", edits=edits)) not in (gone, theirs, 999_999)


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ("young", None),
        ("old", "Below"),
        ("an old receipt", "Below"),
        ("gone", None),
        ("old, of a customer who blocked the bot", "Hello https://pay.example.com/x"),
    ],
)
async def test_what_goes_is_away_or_says_where_to_look(
    telegram: TelegramStandIn, sender: TelegramChatSender, what: str, left: str | None
) -> None:
    message_id = await sender.send(BEN.id, RECEIPT if "receipt" in what else HELLO)
    chat = telegram.chats.by_id[BEN.id]
    message = chat.messages[message_id]
    message.at -= 49 * 3600 if "old" in what else 0
    message.deleted = what == "gone"
    chat.blocked = "blocked" in what
    before = len(chat.messages)

    for _ in range(2):
        await sender.remove(BEN.id, OutgoingChat("Below", edits=message_id))
    assert (None if message.deleted else message.text) == left
    assert len(chat.messages) == before, "nothing is said anew"


@pytest.mark.parametrize("path", ["deleteMessage", "editMessageText"])
@pytest.mark.parametrize(
    ("mode", "raised"), [(FaultMode.SERVER_ERROR, ServiceUnavailable), (FaultMode.RATE_LIMITED, AskedToWait)]
)
async def test_what_could_not_go_just_now_goes_later(
    telegram: TelegramStandIn, sender: TelegramChatSender, path: str, mode: FaultMode, raised: type[ServiceError]
) -> None:
    message_id = await sender.send(BEN.id, HELLO)
    message = telegram.chats.by_id[BEN.id].messages[message_id]
    message.at -= 49 * 3600 if path == "editMessageText" else 0
    telegram.faults.set(mode, remaining=1, path_contains=path)
    with pytest.raises(raised):
        await sender.remove(BEN.id, OutgoingChat("Below", edits=message_id))
    await sender.remove(BEN.id, OutgoingChat("Below", edits=message_id))
    assert message.deleted or message.text == "Below"


RECEIPT = OutgoingChat("Paid", document=Attachment("receipt.pdf", b"%PDF", "application/pdf"), silent=True)


async def test_a_text_becomes_a_document_in_its_place_as_often_as_it_is_told(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    message_id = await sender.send(BEN.id, HELLO)
    edit = replace(RECEIPT, edits=message_id)
    assert [await sender.send(BEN.id, edit), await sender.send(BEN.id, edit)] == [message_id, message_id]

    (shown,) = [one for one in telegram.chat(BEN) if one.by_bot]
    assert shown.document is not None and shown.document.filename == "receipt.pdf"
    assert (shown.text, shown.buttons) == ("Paid", [])
    await sender.send(BEN.id, OutgoingChat("In review", edits=message_id))
    assert shown.text == "In review", "what has become a document has a caption to edit"


@pytest.mark.parametrize("refusal", ["an old Bot API server", "the message is gone"])
async def test_where_telegram_makes_no_document_of_it_the_receipt_is_new_and_the_old_loses_its_buttons(
    telegram: TelegramStandIn, sender: TelegramChatSender, refusal: str
) -> None:
    message_id = await sender.send(BEN.id, HELLO)
    old = telegram.chat(BEN)[-1]
    telegram.messages.texts_stay_texts = True
    old.deleted = refusal == "the message is gone"
    sent_id = await sender.send(BEN.id, replace(RECEIPT, edits=message_id))

    shown = telegram.chat(BEN)[-1]
    assert (shown.message_id, shown.text, shown.silent) == (sent_id, "Paid", True)
    assert sent_id != message_id
    assert (old.deleted, old.buttons == []) == (refusal != "an old Bot API server", refusal == "an old Bot API server")


async def test_where_none_is_wanted_anew_the_old_one_loses_its_buttons(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    message_id = await sender.send(BEN.id, HELLO)
    telegram.messages.texts_stay_texts = True
    assert await sender.send(BEN.id, replace(RECEIPT, edits=message_id, or_anew=False)) == message_id
    assert [(one.message_id, one.buttons) for one in telegram.chat(BEN)] == [(message_id, [])]


async def test_a_document_for_somebody_who_is_not_there_is_not_sent_anew(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    with pytest.raises(RecipientUnreachable):
        await sender.send(ANNA.id, replace(RECEIPT, edits=12))


async def test_whoever_cannot_be_reached_is_told_apart(telegram: TelegramStandIn, sender: TelegramChatSender) -> None:
    with pytest.raises(RecipientUnreachable):
        await sender.send(77, HELLO)
    telegram.block(BEN)
    with pytest.raises(RecipientUnreachable):
        await sender.send(BEN.id, HELLO)


async def test_a_message_telegram_does_not_take_is_refused(sender: TelegramChatSender) -> None:
    for text in ("x" * 5000, "", "<b>open"):
        with pytest.raises(ServiceRefused) as refusal:
            await sender.send(BEN.id, OutgoingChat(text))
        assert not isinstance(refusal.value, RecipientUnreachable)


@pytest.mark.parametrize("host", ["http://localhost:8080", "https://shop", "https://shop.localhost"])
async def test_an_address_that_telegram_refuses_is_said_without_what_stands_behind_the_host(
    sender: TelegramChatSender, host: str
) -> None:
    button = Button("Pay", url=f"{host}/pay/secret-token?for=anna@example.com")
    with pytest.raises(ServiceRefused) as refusal:
        await sender.send(BEN.id, OutgoingChat("Pay here", ((button,),)))
    assert f"button URL '{host}/…' is invalid: Wrong HTTP URL" in str(refusal.value)
    assert "secret-token" not in str(refusal.value) and "example.com" not in str(refusal.value)


@pytest.mark.parametrize("fault", [FaultMode.SERVER_ERROR, FaultMode.HTML, FaultMode.RESET, FaultMode.RATE_LIMITED])
async def test_an_outage_is_tried_again_later(
    telegram: TelegramStandIn, sender: TelegramChatSender, fault: FaultMode
) -> None:
    telegram.faults.set(fault, retry_after=7)
    with pytest.raises(ServiceUnavailable) as outage:
        await sender.send(BEN.id, HELLO)

    assert outage.value.retry_after == (7 if fault is FaultMode.RATE_LIMITED else None)


async def test_a_message_whose_answer_is_lost_has_been_sent_and_is_not_sent_again(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    known = await sender.send(BEN.id, HELLO)
    telegram.faults.set(FaultMode.RESET_BODY)

    assert await sender.send(BEN.id, HELLO) == 0
    assert await sender.send(BEN.id, OutgoingChat("Paid", edits=known)) == known
    assert [one.text for one in telegram.chat(BEN) if one.by_bot] == ["Paid", "Hello https://pay.example.com/x"]


async def test_a_service_that_refuses_connections_is_unavailable_and_the_token_stays_secret(
    telegram: TelegramStandIn, bot: Bot, sender: TelegramChatSender
) -> None:
    await telegram.take_down()
    with pytest.raises(ServiceUnavailable) as outage:
        await sender.send(BEN.id, HELLO)
    with pytest.raises(exceptions.TelegramNetworkError) as raw:
        await bot.get_me()

    for error in (outage.value, raw.value):
        assert TOKEN not in str(error) + repr(error) + repr(error.__cause__)


async def test_a_wrong_token_loses_no_message(telegram: TelegramStandIn) -> None:
    stranger = build_bot("1000000:another-token", telegram.url)
    try:
        with pytest.raises(ServiceUnavailable):
            await TelegramChatSender(stranger).send(BEN.id, HELLO)
        with pytest.raises(ServiceUnavailable) as refusal:
            await account_of(stranger).identify()
    finally:
        await stranger.session.close()

    assert refusal.value.code == "TelegramUnauthorizedError"
    assert str(refusal.value).startswith("Telegram does not know BOT_TOKEN")


async def test_the_bot_knows_who_it_is(telegram: TelegramStandIn, bot: Bot) -> None:
    assert await account_of(bot).identify() == Identity(1000000, telegram.bot["username"], telegram.bot["first_name"])


def _errors() -> list[Exception]:
    """One of every class that aiogram and aiohttp can raise out of a call."""
    described = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, exceptions.TelegramAPIError)
    ]
    extra: dict[type, dict[str, Any]] = {
        exceptions.TelegramRetryAfter: {"retry_after": 3},
        exceptions.TelegramMigrateToChat: {"migrate_to_chat_id": 5},
    }
    url = f"https://api.telegram.org/bot{TOKEN}/x"
    return [
        *(kind(METHOD, f"said {TOKEN}", **extra.get(kind, {})) for kind in described),  # type: ignore[arg-type] # each takes its own
        exceptions.ClientDecodeError("Failed to decode", ValueError("x"), "<html>"),
        exceptions.DataNotDictLikeError("x"),
        aiohttp.InvalidURL(url),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(url),
        TimeoutError(),
        ConnectionResetError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ]


@pytest.mark.parametrize("error", _errors(), ids=lambda error: type(error).__name__)
def test_every_error_ends_as_one_of_ours(error: Exception) -> None:
    assert isinstance(translate(error), ServiceError)


@pytest.mark.parametrize(
    "text", ["Bad Request: chat not found", "Bad Request: user not found", "Bad Request: PEER_ID_INVALID"]
)
def test_a_chat_that_is_gone_is_unreachable(text: str) -> None:
    assert isinstance(translate(exceptions.TelegramBadRequest(METHOD, text)), RecipientUnreachable)


def test_a_file_too_large_is_refused_for_good() -> None:
    assert translate(exceptions.TelegramEntityTooLarge(METHOD, "too large")).permanent


def test_429_without_a_time_is_an_outage() -> None:
    assert not translate(exceptions.TelegramAPIError(METHOD, "Too Many Requests")).permanent


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("bot was blocked by the user", "blocked the bot"),
        ("user is deactivated", "no such chat"),
        ("bot can't initiate conversation with a user", "not pressed Start"),
    ],
)
def test_only_who_has_blocked_the_bot_is_said_to_have(said: str, noted: str) -> None:
    assert noted in str(translate(exceptions.TelegramForbiddenError(METHOD, f"Forbidden: {said}")))
