"""Sends and edits chat messages: the domain's ChatSender over Telegram."""

import asyncio
from collections.abc import AsyncGenerator

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
)

from bot.telegram.errors import CALL_ERRORS, AnswerLost, is_not_editable, is_not_modified, translate
from checkout.model.outgoing import Attachment, Button, LargeFile, OutgoingChat

ID_LOST = 0  # an edit of it is answered "message to edit not found", and a new message is sent
# Fifty megabytes, the most that Telegram takes, through a slow line.
UPLOAD_SECONDS = 180
UPLOAD_PIECE = 256 * 1024
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # Telegram would open pay links to preview them


def keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    """The inline keyboard, None where there are no buttons."""
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(one) for one in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(text=button.text, url=button.url)
    return InlineKeyboardButton(text=button.text, callback_data=button.callback_data)


class TelegramChatSender:
    """Every request ends within ``limits.telegram_timeout()``; the upload of a large file in three minutes."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        """The id of the message. An edit that changes nothing is done; where none is possible, a new one is sent.

        0 when it was sent and the answer with its id was lost: it is not sent again, and cannot be edited.
        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        try:
            if message.edits is not None and await self._edit(chat_id, message.edits, message):
                return message.edits
            return await self._send_new(chat_id, message)
        except AnswerLost:
            return message.edits or ID_LOST
        except CALL_ERRORS as error:
            raise translate(error) from None

    async def _edit(self, chat_id: int, message_id: int, message: OutgoingChat) -> bool:
        """False when there is nothing that could be edited."""
        try:
            await self._edit_content(chat_id, message_id, message)
        except CALL_ERRORS as error:
            if is_not_editable(error):
                return False
            if not is_not_modified(error):
                raise
        return True

    async def _edit_content(self, chat_id: int, message_id: int, message: OutgoingChat) -> None:
        markup = keyboard(message.buttons)
        if message.document is not None or message.picture is not None:
            await self._bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                caption=message.text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
            return
        await self._bot.edit_message_text(
            text=message.text,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            reply_markup=markup,
        )

    async def _send_new(self, chat_id: int, message: OutgoingChat) -> int:
        if message.document is not None:
            return await self._send_file(chat_id, message, _held(message.document))
        if message.large_file is not None:
            return await self._send_file(chat_id, message, OpenFile(message.large_file), UPLOAD_SECONDS)
        if message.picture is not None:
            return await self._send_picture(chat_id, message, _held(message.picture))
        sent = await self._bot.send_message(
            chat_id=chat_id,
            text=message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
        )
        return sent.message_id

    async def _send_file(self, chat_id: int, message: OutgoingChat, file: InputFile, seconds: int | None = None) -> int:
        sent = await self._bot.send_document(
            chat_id=chat_id,
            document=file,
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
            request_timeout=seconds,
        )
        return sent.message_id

    async def _send_picture(self, chat_id: int, message: OutgoingChat, picture: InputFile) -> int:
        sent = await self._bot.send_photo(
            chat_id=chat_id,
            photo=picture,
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
        )
        return sent.message_id


class OpenFile(InputFile):
    """Read piece by piece while it is uploaded; from the beginning at every try."""

    def __init__(self, file: LargeFile) -> None:
        super().__init__(filename=file.filename, chunk_size=UPLOAD_PIECE)
        self._content = file.content

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        self._content.seek(0)
        while piece := await asyncio.to_thread(self._content.read, self.chunk_size):
            yield piece


def _held(file: Attachment) -> BufferedInputFile:
    return BufferedInputFile(file.content, filename=file.filename)
