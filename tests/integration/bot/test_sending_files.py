"""Pictures and large files on their way to Telegram."""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.telegram.client import build_bot
from bot.telegram.sender import TelegramChatSender
from bot.telegram.uploads import UPLOAD_PIECE
from checkout.errors import RecipientUnreachable, ServiceRefused, ServiceUnavailable
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
    async with instead_of_telegram(lambda _: web.json_response(answer, status=status)) as (sender, asked):
        with pytest.raises(ServiceUnavailable, match="cannot be read"):
            await sender.send(BEN.id, OutgoingChat("Hello"))
    assert len(asked) == 1


async def test_a_proxy_that_takes_no_such_large_file_is_believed() -> None:
    """It has a page of its own for that; the file is not tried again for days."""
    page = web.Response(status=413, text="<h1>413 Request Entity Too Large</h1>", content_type="text/html")
    async with instead_of_telegram(lambda _: page) as (sender, _):
        with pytest.raises(ServiceRefused, match="larger than Telegram takes"):
            await sender.send(BEN.id, OutgoingChat("Guide", document=Attachment("a.pdf", b"%PDF", "application/pdf")))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirection_is_not_followed(status: int) -> None:
    """By most of them the form gets lost on the way: Telegram would refuse for good what it was not told."""

    def sent_on(request: web.Request) -> web.Response:
        if request.path.startswith("/there"):
            return web.json_response({"ok": False, "description": "Bad Request: chat_id is empty"}, status=400)
        return web.Response(status=status, headers={"Location": f"/there{request.path}"})

    async with instead_of_telegram(sent_on) as (sender, asked):
        with pytest.raises(ServiceUnavailable):
            await sender.send(BEN.id, OutgoingChat("Hello"))
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("body", "sent_id"),
    [
        ('{"ok": true, "result": {"message_id": 7, "date": "soon", "chat": {"id": 2}}}', 7),
        ('{"ok":true,"result":{"message_id":7}}', 7),
        ('{"ok":true,"result":{"message_id":7,"da', 0),
        ('{"ok": true, "result": [1]}', 0),
    ],
)
async def test_what_was_done_is_not_done_again_though_the_answer_cannot_be_read(body: str, sent_id: int) -> None:
    def done(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    async with instead_of_telegram(done) as (sender, _):
        assert await sender.send(BEN.id, OutgoingChat("Hello")) == sent_id
        assert await sender.send(BEN.id, OutgoingChat("Edited", edits=5)) == 5


async def test_what_was_sent_in_its_place_takes_its_buttons_though_the_answer_cannot_be_read() -> None:
    """Nothing is left that asks to pay for what is paid."""

    def gone(request: web.Request) -> web.Response:
        if request.path.endswith("/editMessageText"):
            return web.json_response({"ok": False, "description": "Bad Request: message can't be edited"}, status=400)
        return web.Response(text='{"ok":true,"result":{"message_id":7}}', content_type="application/json")

    async with instead_of_telegram(gone) as (sender, asked):
        assert await sender.send(BEN.id, OutgoingChat("Paid", edits=5)) == 7
    methods = [request.path.rpartition("/")[2] for request in asked]
    assert methods == ["editMessageText", "sendMessage", "editMessageReplyMarkup"]


A_PROXYS = "413 Request Entity Too Large"


def uploads(are: str, or_else: str = "ok") -> Callable[[web.Request], web.Response]:
    """A Telegram that refuses files, or what comes without one."""

    def answer(request: web.Request) -> web.Response:
        said = are if request.content_type == "multipart/form-data" else or_else
        if said == "ok":
            return web.json_response({"ok": True, "result": {"message_id": 7}})
        if said == A_PROXYS:
            return web.Response(status=413, text=f"<h1>{said}</h1>", content_type="text/html")
        return web.json_response({"ok": False, "description": f"Bad Request: {said}"}, status=400)

    return answer


@pytest.mark.parametrize("refused", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "DOCUMENT_INVALID", A_PROXYS])
async def test_words_are_said_without_a_file_that_is_not_taken(refused: str) -> None:
    """A product can be bought, and what is paid asks nobody to pay."""
    receipt = OutgoingChat("Paid", document=Attachment("receipt.pdf", b"%PDF", "application/pdf"), edits=5)
    async with instead_of_telegram(uploads(refused)) as (sender, asked):
        assert await sender.send(BEN.id, OutgoingChat("A guide", picture=PICTURE)) == 7
        assert asked[-1].path.endswith("/sendMessage")
        assert await sender.send(BEN.id, receipt) == 5
        assert asked[-1].path.endswith("/editMessageText")
        with pytest.raises(ServiceRefused):
            await sender.send(BEN.id, replace(receipt, edits=None))


class Known:
    """Every file was sent before."""

    async def id_of(self, bot_id: int, digest: str) -> str | None:
        return "BQACAg"

    async def note(self, bot_id: int, digest: str, file_id: str) -> None: ...


@pytest.mark.parametrize(
    "refused", ["wrong remote file identifier specified: Wrong padding", "FILE_REFERENCE_EXPIRED", "DOCUMENT_INVALID"]
)
async def test_a_file_that_is_not_taken_by_its_id_is_uploaded(refused: str) -> None:
    goods = OutgoingChat("Thank you", document=Attachment("guide.pdf", b"%PDF", "application/pdf", digest="d"))

    async with instead_of_telegram(uploads("ok", or_else=refused), Known()) as (sender, _):
        assert await sender.send(BEN.id, goods) == 7
    async with instead_of_telegram(uploads("ok", or_else="chat not found"), Known()) as (sender, asked):
        with pytest.raises(RecipientUnreachable):
            await sender.send(BEN.id, goods)
    assert len(asked) == 1, "nobody is there to take it"


@asynccontextmanager
async def instead_of_telegram(
    answer: Callable[[web.Request], web.Response], sent_files: Known | None = None
) -> AsyncIterator[tuple[TelegramChatSender, list[web.Request]]]:
    asked: list[web.Request] = []

    async def answered(request: web.Request) -> web.Response:
        asked.append(request)
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answered)
    async with TestServer(app) as server:
        bot = build_bot(TOKEN, str(server.make_url("")))
        try:
            yield TelegramChatSender(bot, sent_files), asked
        finally:
            await bot.session.close()
