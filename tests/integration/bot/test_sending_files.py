"""Pictures and large files on their way to Telegram."""

import io

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.telegram.client import build_bot
from bot.telegram.sender import TelegramChatSender
from bot.telegram.uploads import UPLOAD_PIECE
from checkout.errors import ServiceUnavailable
from checkout.model.outgoing import Attachment, Button, LargeFile, OutgoingChat
from sandbox.base.fake_server import FaultMode
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import BEN

PICTURE = Attachment("stats.png", b"\x89PNG", "image/png")


async def test_a_picture_is_sent_with_its_caption_and_buttons(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    buttons = ((Button("More", callback_data="more"),),)
    await sender.send(BEN.id, OutgoingChat("<b>This week</b>", buttons, picture=PICTURE))

    shown = telegram.chat(BEN)[-1]
    assert shown.photo is not None
    assert shown.photo.content == PICTURE.content
    assert (shown.text, shown.callbacks) == ("This week", ["more"])


async def test_the_words_under_a_picture_can_be_edited(telegram: TelegramStandIn, sender: TelegramChatSender) -> None:
    message_id = await sender.send(BEN.id, OutgoingChat("before", picture=PICTURE))

    await sender.send(BEN.id, OutgoingChat("after", picture=PICTURE, edits=message_id))

    assert telegram.chat(BEN)[-1].text == "after"
    assert telegram.chat(BEN)[-1].message_id == message_id


async def test_a_large_file_arrives_whole(telegram: TelegramStandIn, sender: TelegramChatSender) -> None:
    content = bytes(range(256)) * (UPLOAD_PIECE // 100)
    file = io.BytesIO(content)
    file.seek(0, io.SEEK_END)

    await sender.send(BEN.id, OutgoingChat("Here it is", large_file=LargeFile("payments.csv", file)))

    shown = telegram.chat(BEN)[-1]
    assert shown.document is not None
    assert (shown.document.filename, shown.document.content, shown.text) == ("payments.csv", content, "Here it is")


async def test_a_second_try_sends_a_large_file_from_its_beginning(
    telegram: TelegramStandIn, sender: TelegramChatSender
) -> None:
    message = OutgoingChat("", large_file=LargeFile("payments.csv", io.BytesIO(b"a,b\r\n" * 1000)))
    telegram.faults.set(FaultMode.SERVER_ERROR)
    with pytest.raises(ServiceUnavailable):
        await sender.send(BEN.id, message)
    telegram.faults.set(FaultMode.OK)

    await sender.send(BEN.id, message)

    shown = telegram.chat(BEN)[-1]
    assert shown.document is not None
    assert shown.document.content == b"a,b\r\n" * 1000


@pytest.mark.parametrize(
    ("status", "answer"), [(400, {"ok": False}), (403, {"ok": False}), (502, {"ok": False}), (200, {"ok": True})]
)
async def test_an_answer_that_says_nothing_is_not_telegrams(status: int, answer: dict[str, bool]) -> None:
    """A proxy's, say: what was to be sent is tried again."""

    async def answered(request: web.Request) -> web.Response:
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answered)
    async with TestServer(app) as server:
        bot = build_bot(TOKEN, str(server.make_url("")))
        try:
            with pytest.raises(ServiceUnavailable, match="cannot be read"):
                await TelegramChatSender(bot).send(BEN.id, OutgoingChat("Hello"))
        finally:
            await bot.session.close()
