"""The Telegram stand-in, driven by the real aiogram."""

import time
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
)

from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_telegram import messages
from sandbox.fake_telegram.api import TOKEN, USERNAME, TelegramStandIn
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA


def _bot(telegram: TelegramStandIn, token: str = TOKEN) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))


def _keyboard(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[button] for button in buttons])


def _button(text: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data)


async def _post(telegram: TelegramStandIn, method: str, **params: Any) -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.url}/bot{TOKEN}/{method}", json=params) as response,
    ):
        answer: dict[str, Any] = await response.json()
        return answer


async def test_a_message_goes_there_and_back_in_aiograms_own_types(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.press_start(ANNA, "guide")
    [update] = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start guide"
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "ru"

    sent = await bot.send_message(
        ANNA.id,
        "<b>Привет</b> &amp; 👋 <code>x</code>",
        parse_mode="HTML",
        reply_markup=_keyboard(_button("Buy", "buy:guide")),
    )

    assert isinstance(sent, Message)
    assert sent.text == "Привет & 👋 x"
    assert sent.html_text == "<b>Привет</b> &amp; 👋 <code>x</code>"
    shown = telegram.chat(ANNA)[-1]
    assert (shown.text, shown.callbacks) == ("Привет & 👋 x", ["buy:guide"])


async def test_a_pressed_button_is_a_callback_query_that_is_answered_once_in_time(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    telegram.press_start(ANNA)
    sent = await bot.send_message(ANNA.id, "?", reply_markup=_keyboard(_button("Yes", "yes:1")))
    with pytest.raises(ValueError, match="no button"):
        telegram.press(ANNA, sent.message_id, "no:1")
    query_id = telegram.press(ANNA, sent.message_id, "yes:1")
    update = (await bot.get_updates())[-1]
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (query_id, "yes:1")

    await bot.answer_callback_query(query_id, text="Done")

    assert telegram.callback_answers[query_id] == {"text": "Done", "show_alert": False, "url": None}
    telegram.callback_seconds = -1
    for unanswerable in (query_id, "123"):
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_callback_query(unanswerable)


async def test_edits_are_applied_and_an_identical_one_is_refused(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.press_start(ANNA)
    sent = await bot.send_message(ANNA.id, "wait", reply_markup=_keyboard(_button("x", "x")))
    edited = await bot.edit_message_text("paid", chat_id=ANNA.id, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("paid", None)  # a keyboard that is not sent is gone
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("paid", chat_id=ANNA.id, message_id=sent.message_id)
    await bot.edit_message_reply_markup(
        chat_id=ANNA.id, message_id=sent.message_id, reply_markup=_keyboard(_button("y", "y"))
    )
    assert telegram.chat(ANNA)[-1].callbacks == ["y"]
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("paid", chat_id=ANNA.id, message_id=999)
    assert await bot.delete_message(ANNA.id, sent.message_id)
    assert [message.by_bot for message in telegram.chat(ANNA)] == [False]


async def test_documents_keep_their_bytes_and_can_be_fetched(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.press_start(ANNA)
    file = BufferedInputFile(b"%PDF-1.7 receipt", "Чек 1.pdf")
    sent = await bot.send_document(ANNA.id, file, caption="<i>Чек</i>", parse_mode="HTML")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("Чек 1.pdf", "application/pdf")
    shown = telegram.chat(ANNA)[-1].document
    assert shown is not None
    assert shown.content == b"%PDF-1.7 receipt"

    fetched = await bot.download(sent.document)

    assert fetched is not None
    assert fetched.read() == b"%PDF-1.7 receipt"
    again = await bot.send_document(ANNA.id, sent.document.file_id)
    assert again.document is not None
    copied = await bot.copy_message(ANNA.id, ANNA.id, again.message_id)
    assert copied.message_id == again.message_id + 1
    await bot.edit_message_caption(chat_id=ANNA.id, message_id=sent.message_id, caption="new")
    with pytest.raises(TelegramBadRequest, match="there is no text"):
        await bot.edit_message_text("text", chat_id=ANNA.id, message_id=sent.message_id)


async def test_an_album_and_a_photo_arrive(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.press_start(ANNA)
    files = [BufferedInputFile(name.encode(), name) for name in ("a.pdf", "b.pdf")]
    album = await bot.send_media_group(ANNA.id, [InputMediaDocument(media=file) for file in files])
    assert len({message.media_group_id for message in album}) == 1
    photo = await bot.send_photo(ANNA.id, BufferedInputFile(b"png", "x.png"))
    assert photo.photo
    assert [m.document.content for m in telegram.chat(ANNA) if m.document] == [b"a.pdf", b"b.pdf"]


async def test_a_text_becomes_a_document_and_an_album_keeps_its_kind(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.press_start(ANNA)
    text = await bot.send_message(ANNA.id, "pay")
    receipt = InputMediaDocument(media=BufferedInputFile(b"%PDF", "receipt.pdf"), caption="paid")
    edited = await bot.edit_message_media(receipt, chat_id=ANNA.id, message_id=text.message_id)
    assert isinstance(edited, Message) and edited.document is not None
    assert (edited.document.file_name, edited.caption, edited.text) == ("receipt.pdf", "paid", None)
    same = InputMediaDocument(media=edited.document.file_id, caption="paid")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_media(same, chat_id=ANNA.id, message_id=text.message_id)
    files = [BufferedInputFile(b"png", name) for name in ("a.png", "b.png")]
    album = await bot.send_media_group(ANNA.id, [InputMediaPhoto(media=file) for file in files])
    with pytest.raises(TelegramBadRequest, match="same kind"):
        await bot.edit_message_media(receipt, chat_id=ANNA.id, message_id=album[0].message_id)


async def test_whatever_people_send_is_an_update_aiogram_reads(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.send_sticker(ANNA)
    telegram.send_location(ANNA)
    telegram.send_photo(ANNA, "look")
    telegram.send_document(ANNA, "x.txt", b"x")
    said = telegram.say(ANNA, "frist")
    telegram.edit_message(ANNA, said.message_id, "first")
    telegram.say_in_group(BEN, "hello all")
    telegram.block(BEN)
    updates = await bot.get_updates()
    messages = [update.message for update in updates if update.message]
    assert [message.content_type for message in messages] == [
        "sticker",
        "location",
        "photo",
        "document",
        "text",
        "text",
    ]
    assert messages[-1].chat.type == "supergroup"
    assert updates[5].edited_message is not None
    assert updates[7].my_chat_member is not None
    assert updates[7].my_chat_member.new_chat_member.status == "kicked"


async def test_chats_that_may_not_be_written_to_are_refused(telegram: TelegramStandIn, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(BEN.id, "hello")
    telegram.press_start(BEN)
    telegram.block(BEN)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(BEN.id, "hello")
    telegram.unblock(BEN)
    await bot.send_message(BEN.id, "hello")
    telegram.meet(MIRA)
    assert (await bot.get_chat(MIRA.id)).first_name == "Mira"
    assert await bot.send_chat_action(MIRA.id, "typing")


async def test_a_link_is_fetched_for_its_preview_unless_that_is_switched_off(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    telegram.press_start(ANNA)
    link = f"{telegram.url}/pay/token"
    await bot.send_message(ANNA.id, link, link_preview_options=LinkPreviewOptions(is_disabled=True))
    await bot.send_message(ANNA.id, f'<a href="{link}?shown">pay</a>', parse_mode="HTML")
    await until(lambda: telegram.previews.fetched or None)
    assert telegram.previews.fetched == [f"{link}?shown"]


async def test_the_switch_for_one_message_a_second_answers_429(
    telegram: TelegramStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(messages, "time", SimpleNamespace(monotonic=lambda: now, time=time.time))
    telegram.press_start(ANNA)
    telegram.messages.one_a_second = True
    await bot.send_message(ANNA.id, "one")
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(ANNA.id, "two")
    assert refusal.value.retry_after == 1
    now += 1
    await bot.send_message(ANNA.id, "two")


async def test_faults_come_in_telegrams_shapes(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.faults.set(FaultMode.RATE_LIMITED, remaining=1, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.get_me()
    assert refusal.value.retry_after == 7
    telegram.faults.set(FaultMode.SERVER_ERROR, remaining=1)
    with pytest.raises(TelegramServerError):
        await bot.get_me()
    assert (await bot.get_me()).username == USERNAME


async def test_a_wrong_token_is_unauthorized_and_an_unknown_method_not_found(telegram: TelegramStandIn) -> None:
    stranger = _bot(telegram, "999:nobody")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await stranger.session.close()
    assert (await _post(telegram, "sendDice"))["error_code"] == 404


async def test_commands_are_shown_by_scope_and_language(telegram: TelegramStandIn, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand(command="buy", description="Buy")])
    await bot.set_my_commands([BotCommand(command="buy", description="Купить")], language_code="ru")
    admin = BotCommandScopeChat(chat_id=MIRA.id)
    await bot.set_my_commands([BotCommand(command="stats", description="Numbers")], scope=admin)
    shown = [telegram.profile.commands_for(person)[0]["description"] for person in (ANNA, BEN, MIRA)]
    assert shown == ["Купить", "Buy", "Numbers"]
    assert [command.command for command in await bot.get_my_commands(scope=admin)] == ["stats"]
    await bot.delete_my_commands(scope=admin)
    assert await bot.get_my_commands(scope=admin) == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Buy!", description="x")])
    assert await bot.set_my_description("A shop")
    assert await bot.set_my_short_description("Shop")
    assert await bot.set_chat_menu_button()
