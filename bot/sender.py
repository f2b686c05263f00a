"""Sends and edits chat messages: the domain's ChatSender over Telegram."""

import math

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
)

from bot.errors import CALL_ERRORS, is_not_editable, is_not_modified, translate
from checkout import limits
from checkout.saying import Attachment, Button, OutgoingChat

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
    """Every call ends within ``limits.send_timeout()`` for each request it needs."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._timeout = math.ceil(limits.send_timeout().total_seconds())

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        """The id of the message. An edit that changes nothing is done; where none is possible, a new one is sent.

        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        try:
            if message.edits is not None and await self._edit(chat_id, message.edits, message):
                return message.edits
            return await self._send_new(chat_id, message)
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
        if message.document is not None:
            await self._bot.edit_message_caption(
                chat_id=chat_id,
                message_id=message_id,
                caption=message.text,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                request_timeout=self._timeout,
            )
            return
        await self._bot.edit_message_text(
            text=message.text,
            chat_id=chat_id,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            reply_markup=markup,
            request_timeout=self._timeout,
        )

    async def _send_new(self, chat_id: int, message: OutgoingChat) -> int:
        if message.document is not None:
            return await self._send_document(chat_id, message, message.document)
        sent = await self._bot.send_message(
            chat_id=chat_id,
            text=message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
            request_timeout=self._timeout,
        )
        return sent.message_id

    async def _send_document(self, chat_id: int, message: OutgoingChat, document: Attachment) -> int:
        sent = await self._bot.send_document(
            chat_id=chat_id,
            document=BufferedInputFile(document.content, filename=document.filename),
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
            request_timeout=self._timeout,
        )
        return sent.message_id
