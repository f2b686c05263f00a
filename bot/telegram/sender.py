"""Sends and edits chat messages: the domain's ChatSender over Telegram."""

import contextlib
import logging
from dataclasses import replace
from typing import Protocol

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    LinkPreviewOptions,
    Message,
)

from bot.telegram.errors import (
    CALL_ERRORS,
    ID_LOST,
    AnswerLost,
    is_no_text,
    is_not_editable,
    is_not_modified,
    is_not_taken,
    translate,
)
from bot.telegram.uploads import upload_of_held, upload_of_large
from checkout.errors import DatabaseAway, ServiceError, StaleWrite
from checkout.model.outgoing import Attachment, Button, ButtonRows, OutgoingChat


class SentFiles(Protocol):
    """Under which ids Telegram keeps what was sent: each bot has its own."""

    async def id_of(self, bot_id: int, digest: str) -> str | None: ...
    async def note(self, bot_id: int, digest: str, file_id: str) -> None: ...


log = logging.getLogger(__name__)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)  # Telegram would open pay links to preview them


def keyboard(rows: ButtonRows) -> InlineKeyboardMarkup | None:
    """The inline keyboard, None where there are no buttons."""
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(one) for one in row] for row in rows])


def keyboard_without(markup: InlineKeyboardMarkup, callback_data: str) -> ButtonRows:
    """The buttons of a message but the one with this callback data."""
    rows = (
        tuple(
            Button(one.text, url=one.url or "", callback_data=one.callback_data or "")
            for one in row
            if one.callback_data != callback_data
        )
        for row in markup.inline_keyboard
    )
    return tuple(row for row in rows if row)


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(text=button.text, url=button.url)
    return InlineKeyboardButton(text=button.text, callback_data=button.callback_data)


def _for_good(error: Exception) -> ServiceError:
    """What was refused for good, translated; raised where it was not."""
    told = translate(error)
    if not told.permanent:
        raise told from None
    return told


class TelegramChatSender:
    """Every request ends within ``limits.telegram_timeout()``, with a large file in ``limits.transfer_time()`` more.

    With ``sent_files`` a product's file is uploaded once, and not for everybody.
    """

    def __init__(self, bot: Bot, sent_files: SentFiles | None = None) -> None:
        self._bot, self._sent_files = bot, sent_files

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        """The id of the message. An edit that changes nothing is done; where none is possible, a new one may be sent.

        0 when a new one was sent and the answer with its id was lost: it is not sent again, and cannot be edited.
        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        try:
            if message.edits is not None and await self._edit(chat_id, message.edits, message):
                return message.edits
            sent_id = await self._send_new(chat_id, message) if message.or_anew else message.edits or ID_LOST
        except AnswerLost as error:
            sent_id = error.message_id
        except CALL_ERRORS as error:
            if message.edits and message.document is not None and is_not_taken(error):
                # Its words alone, rather than a button that asks to pay for what is paid.
                return await self.send(chat_id, replace(message, document=None))
            raise translate(error) from None
        if message.edits:
            await self.show_buttons(chat_id, message.edits, ())
        return sent_id

    async def show_buttons(self, chat_id: int, message_id: int, rows: ButtonRows) -> None:
        """Leaves a message these buttons, if that is possible: raises nothing."""
        try:
            await self._bot.edit_message_reply_markup(
                chat_id=chat_id, message_id=message_id, reply_markup=keyboard(rows)
            )
        except CALL_ERRORS as error:
            log.debug("the buttons of a message stay as they are: %s", translate(error))

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        """Takes away what ``instead`` edits, or leaves that: Telegram lets go what is younger than two days.

        Raises ServiceUnavailable and AskedToWait.
        """
        message_id = instead.edits or ID_LOST
        try:
            await self._bot.delete_message(chat_id=chat_id, message_id=message_id)
        except CALL_ERRORS as error:
            refused = _for_good(error)
        else:
            return
        try:
            await self._edit(chat_id, message_id, instead)
        except CALL_ERRORS as error:
            log.info("an older message stays as it is: %s; %s", refused, _for_good(error))

    async def _edit(self, chat_id: int, message_id: int, message: OutgoingChat) -> bool:
        """False when there is nothing that could be edited."""
        try:
            await self._edit_content(chat_id, message_id, message)
        except CALL_ERRORS as error:
            if is_not_editable(error) or (message.document is not None and is_not_taken(error)):
                return False
            if not (is_not_modified(error) or isinstance(error, AnswerLost)):
                raise
        return True

    async def _edit_content(self, chat_id: int, message_id: int, message: OutgoingChat) -> None:
        if message.document is not None:
            await self._edit_document(chat_id, message_id, message, message.document)
            return
        if message.picture is not None:
            await self._edit_caption(chat_id, message_id, message)
            return
        try:
            await self._bot.edit_message_text(
                text=message.text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=_NO_PREVIEW,
                reply_markup=keyboard(message.buttons),
            )
        except TelegramBadRequest as error:
            if not is_no_text(error):
                raise
            await self._edit_caption(chat_id, message_id, message)

    async def _edit_document(self, chat_id: int, message_id: int, message: OutgoingChat, file: Attachment) -> None:
        """A text becomes a document, too."""
        media = InputMediaDocument(media=_held(file), caption=message.text, parse_mode=ParseMode.HTML)
        await self._bot.edit_message_media(
            media=media, chat_id=chat_id, message_id=message_id, reply_markup=keyboard(message.buttons)
        )

    async def _edit_caption(self, chat_id: int, message_id: int, message: OutgoingChat) -> None:
        await self._bot.edit_message_caption(
            chat_id=chat_id,
            message_id=message_id,
            caption=message.text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(message.buttons),
        )

    async def _send_new(self, chat_id: int, message: OutgoingChat) -> int:
        if message.document is not None:
            return await self._send_document(chat_id, message, message.document)
        if message.large_file is not None:
            return (await self._send_file(chat_id, message, upload_of_large(message.large_file))).message_id
        if message.picture is not None:
            try:
                return await self._send_picture(chat_id, message, _held(message.picture))
            except CALL_ERRORS as error:
                if not is_not_taken(error):
                    raise
                log.warning("a picture is left out: %s", translate(error))
        sent = await self._bot.send_message(
            chat_id=chat_id,
            text=message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
        )
        return sent.message_id

    async def _send_document(self, chat_id: int, message: OutgoingChat, file: Attachment) -> int:
        """A file that many get is uploaded once: Telegram keeps it, and sends it again by its id."""
        if self._sent_files is None or not file.digest:
            return (await self._send_file(chat_id, message, upload_of_held(file))).message_id
        file_id = await self._sent_files.id_of(self._bot.id, file.digest)
        if file_id is not None:
            try:
                return (await self._send_file(chat_id, message, file_id)).message_id
            except TelegramBadRequest as error:
                if not is_not_taken(error):
                    raise
        sent = await self._send_file(chat_id, message, upload_of_held(file))
        if sent.document is not None:
            with contextlib.suppress(DatabaseAway, StaleWrite):  # it has left: the next one is uploaded once more
                await self._sent_files.note(self._bot.id, file.digest, sent.document.file_id)
        return sent.message_id

    async def _send_file(self, chat_id: int, message: OutgoingChat, file: InputFile | str) -> Message:
        return await self._bot.send_document(
            chat_id=chat_id,
            document=file,
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            disable_notification=message.silent or None,
            reply_markup=keyboard(message.buttons),
        )

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


def _held(file: Attachment) -> BufferedInputFile:
    return BufferedInputFile(file.content, filename=file.filename)
