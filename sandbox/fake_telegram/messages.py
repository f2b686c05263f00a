"""The methods that write into chats: send, copy, edit, delete."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from aiogram.methods import (
    CopyMessage,
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendChatAction,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
)
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
)

from sandbox.fake_telegram.chats import Chat, ChatMessage, Chats, SentFile
from sandbox.fake_telegram.html import Entity, parse_html, plain
from sandbox.fake_telegram.rules import (
    TelegramError,
    bad_request,
    check_caption,
    check_file,
    check_keyboard,
    check_text,
)

Wire = dict[str, Any]
DELETABLE_SECONDS = 48 * 3600


class MessageMethods:
    """Answers the methods that change a chat; `preview` is told the entities of texts with previews on."""

    def __init__(self, chats: Chats, bot: Wire, preview: Callable[[ChatMessage], None]) -> None:
        self.chats = chats
        self.bot = bot
        self.files: dict[str, SentFile] = {}
        self.texts_stay_texts = False  # the switch for a Bot API server that makes no document of a text
        self.one_a_second = False  # the switch for Telegram's limit of about one message a second to a chat
        self._preview = preview

    def send_message(self, method: SendMessage) -> Wire:
        text, entities = read_text(method.text, method.parse_mode, method.entities)
        check_text(text)
        silent = bool(method.disable_notification)
        message = self._post(method.chat_id, method.reply_markup, text=text, entities=entities, silent=silent)
        if not _preview_is_off(method):
            self._preview(message)
        return message.wire(self.bot)

    def send_document(self, method: SendDocument) -> Wire:
        return self._send_file(method, "document", method.document)

    def send_photo(self, method: SendPhoto) -> Wire:
        return self._send_file(method, "photo", method.photo)

    def send_media_group(self, method: SendMediaGroup) -> list[Wire]:
        if not 2 <= len(method.media) <= 10:
            raise bad_request("wrong number of messages in the album: 2-10 are required")
        contents = []
        for item in method.media:
            kind = "document" if isinstance(item, InputMediaDocument) else "photo"
            text, entities = read_text(item.caption, item.parse_mode, item.caption_entities)
            check_caption(text)
            contents.append({kind: self._file(item.media), "text": text, "entities": entities})
        group = secrets.token_hex(8)
        sent = [self._post(method.chat_id, None, **content, media_group_id=group) for content in contents]
        return [message.wire(self.bot) for message in sent]

    def send_chat_action(self, method: SendChatAction) -> bool:
        chat = self._writable(method.chat_id)
        chat.action, chat.action_at = method.action, time.time()
        return True

    def copy_message(self, method: CopyMessage) -> Wire:
        source = self.chat(method.from_chat_id).messages.get(method.message_id)
        if source is None or source.deleted:
            raise bad_request("message to copy not found")
        text, entities = source.text, source.entities
        if method.caption is not None and source.has_media:
            text, entities = read_text(method.caption, method.parse_mode, method.caption_entities)
            check_caption(text)
        kept = {"document": source.document, "photo": source.photo, "other": dict(source.other)}
        message = self._post(method.chat_id, method.reply_markup, text=text, entities=entities, **kept)
        return {"message_id": message.message_id}

    def edit_message_text(self, method: EditMessageText) -> Wire:
        message = self._editable(method.chat_id, method.message_id)
        if message.has_media:
            raise bad_request("there is no text in the message to edit")
        text, entities = read_text(method.text, method.parse_mode, method.entities)
        check_text(text)
        edited = self._edit(message, text, entities, method.reply_markup)
        if not _preview_is_off(method):
            self._preview(message)
        return edited

    def edit_message_caption(self, method: EditMessageCaption) -> Wire:
        message = self._editable(method.chat_id, method.message_id)
        if not message.has_media:
            raise bad_request("there is no caption in the message to edit")
        text, entities = read_text(method.caption, method.parse_mode, method.caption_entities)
        check_caption(text)
        return self._edit(message, text, entities, method.reply_markup)

    def edit_message_media(self, method: EditMessageMedia) -> Wire:
        """Adds media to a text, too; there is no way back. In an album documents stay documents."""
        message, item = self._editable(method.chat_id, method.message_id), method.media
        if not isinstance(item, InputMediaDocument | InputMediaPhoto):
            raise bad_request("the sandbox puts only documents and photos in a message's place")
        if self.texts_stay_texts and not message.has_media:
            raise bad_request("message can't be edited")
        kind = "document" if isinstance(item, InputMediaDocument) else "photo"
        if message.media_group_id is not None and (message.document is None) == (kind == "document"):
            raise bad_request("the media of an album can be replaced by media of the same kind only")
        text, entities = read_text(item.caption, item.parse_mode, item.caption_entities)
        check_caption(text)
        file = self._file(item.media)
        if getattr(message, kind) is not file:
            message.document, message.photo = (file, None) if kind == "document" else (None, file)
            message.entities = [{}]  # never as it was: the file is another
        return self._edit(message, text, entities, method.reply_markup)

    def edit_message_reply_markup(self, method: EditMessageReplyMarkup) -> Wire:
        message = self._editable(method.chat_id, method.message_id)
        return self._edit(message, message.text, message.entities, method.reply_markup)

    def delete_message(self, method: DeleteMessage) -> bool:
        message = self.chat(method.chat_id).messages.get(method.message_id)
        if message is None or message.deleted:
            raise bad_request("message to delete not found")
        if time.time() - message.at > DELETABLE_SECONDS:
            raise bad_request("message can't be deleted for everyone")
        message.deleted = True
        return True

    def chat(self, chat_id: int | str) -> Chat:
        """The chat, if the bot has met it; raises TelegramError."""
        chat = self.chats.by_id.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def _writable(self, chat_id: int | str) -> Chat:
        chat = self.chat(chat_id)
        if chat.blocked:
            raise TelegramError(403, "Forbidden: bot was blocked by the user")
        return chat

    def _post(self, chat_id: int | str, markup: Any, **content: Any) -> ChatMessage:
        chat = self._writable(chat_id)
        keyboard = check_keyboard(markup) if isinstance(markup, InlineKeyboardMarkup) else []
        self._check_pause(chat)
        chat.action = ""
        message = self.chats.post(chat, None, keyboard=keyboard, **content)
        if isinstance(markup, ReplyKeyboardMarkup):
            message.reply_keyboard = [[key.text for key in row] for row in markup.keyboard]
        elif markup is not None and getattr(markup, "remove_keyboard", False):
            message.reply_keyboard = []
        return message

    def _check_pause(self, chat: Chat) -> None:
        now = time.monotonic()
        if self.one_a_second and now < chat.next_message_at:
            raise TelegramError(429, "Too Many Requests: retry after 1", retry_after=1)
        chat.next_message_at = now + 1

    def _send_file(self, method: SendDocument | SendPhoto, kind: str, source: object) -> Wire:
        text, entities = read_text(method.caption, method.parse_mode, method.caption_entities)
        check_caption(text)
        self._writable(method.chat_id)
        silent = bool(method.disable_notification)
        content = {kind: self._file(source), "text": text, "entities": entities, "silent": silent}
        return self._post(method.chat_id, method.reply_markup, **content).wire(self.bot)

    def _file(self, source: object) -> SentFile:
        """An upload, or a file that the bot has sent before; links are not fetched here."""
        if isinstance(source, BufferedInputFile):
            check_file(source.data)
            return self.keep_file(source.filename or "file", source.data)
        if isinstance(source, str) and source in self.files:
            return self.files[source]
        raise bad_request("wrong file identifier/HTTP URL specified")

    def keep_file(self, filename: str, content: bytes) -> SentFile:
        """Gives the file an id, under which getFile finds it."""
        file = SentFile(f"BQAC{secrets.token_urlsafe(24)}", filename, content)
        self.files[file.file_id] = file
        return file

    def _editable(self, chat_id: int | str | None, message_id: int | None) -> ChatMessage:
        if chat_id is None or message_id is None:
            raise bad_request("message identifier is not specified")
        message = self._writable(chat_id).messages.get(message_id)
        if message is None or message.deleted:
            raise bad_request("message to edit not found")
        if not message.by_bot:
            raise bad_request("message can't be edited")
        return message

    def _edit(
        self, message: ChatMessage, text: str, entities: list[Entity], markup: InlineKeyboardMarkup | None
    ) -> Wire:
        """Without a keyboard in the request the message loses the one it has, as at Telegram."""
        keyboard = check_keyboard(markup) if markup is not None else []
        if (text, entities, keyboard) == (message.text, message.entities, message.keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        if text != message.text:
            message.earlier_texts.append(message.text)
        message.text, message.entities, message.keyboard = text, entities, keyboard
        message.edited_at = time.time()
        return message.wire(self.bot)


def read_text(text: str | None, parse_mode: object, entities: Any) -> tuple[str, list[Entity]]:
    """Text and entities as Telegram would keep them; of the parse modes only HTML is known here."""
    if entities:
        given = [entity.model_dump(mode="json", exclude_none=True) for entity in entities]
        return (text or "").strip(), given
    if isinstance(parse_mode, str) and parse_mode:
        if parse_mode.lower() != "html":
            raise bad_request("unsupported parse_mode (the sandbox knows HTML)")
        return parse_html(text or "")
    return plain(text or "")


def _preview_is_off(method: SendMessage | EditMessageText) -> bool:
    options = method.link_preview_options
    return getattr(options, "is_disabled", None) is True or method.disable_web_page_preview is True
