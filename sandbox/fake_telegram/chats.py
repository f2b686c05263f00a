"""People, chats and what was said in them, as the stand-in keeps it."""

import mimetypes
import time
from dataclasses import dataclass, field
from typing import Any

NAMES = ("first_name", "last_name", "username")
Keyboard = list[list[dict[str, Any]]]


@dataclass(frozen=True)
class Person:
    """Someone with a Telegram account."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = "en"

    def wire(self) -> dict[str, Any]:
        """As the Bot API's User."""
        user = {
            "id": self.id, "is_bot": False, "first_name": self.first_name, "last_name": self.last_name,
            "username": self.username, "language_code": self.language_code,
        }  # fmt: skip
        return {key: value for key, value in user.items() if value != ""}

    def chat_wire(self) -> dict[str, Any]:
        """As the Chat of a private conversation."""
        names = {key: value for key, value in self.wire().items() if key in NAMES}
        return {"id": self.id, "type": "private", **names}


ANNA = Person(1001, "Анна", "Соколова", "anna_s", "ru")
BEN = Person(1002, "Ben", "Carter", "ben_carter", "en")
MIRA = Person(9001, "Mira", "Tamm", "mira_admin", "en")
PEOPLE = (ANNA, BEN, MIRA)


@dataclass(frozen=True)
class SentFile:
    """A document or photo with its bytes."""

    file_id: str
    filename: str
    content: bytes

    @property
    def mime_type(self) -> str:
        """Guessed from the name, as Telegram does."""
        return mimetypes.guess_type(self.filename)[0] or "application/octet-stream"

    def wire(self) -> dict[str, Any]:
        """The fields that documents and photos share."""
        return {
            "file_id": self.file_id,
            "file_unique_id": f"u{self.file_id[-12:]}",
            "file_size": len(self.content),
        }


@dataclass
class ChatMessage:
    """One message with all edits applied; `sender` is None for the bot, times in seconds since the epoch."""

    message_id: int
    chat: dict[str, Any]
    sender: Person | None
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    keyboard: Keyboard = field(default_factory=list)
    reply_keyboard: list[list[str]] | None = None
    document: SentFile | None = None
    photo: SentFile | None = None
    other: dict[str, Any] = field(default_factory=dict)
    media_group_id: str | None = None
    at: float = field(default_factory=time.time)
    edited_at: float | None = None
    deleted: bool = False
    silent: bool = False
    earlier_texts: list[str] = field(default_factory=list)

    @property
    def chat_id(self) -> int:
        return int(self.chat["id"])

    @property
    def by_bot(self) -> bool:
        return self.sender is None

    @property
    def has_media(self) -> bool:
        return self.document is not None or self.photo is not None

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """All inline buttons in reading order."""
        return [button for row in self.keyboard for button in row]

    @property
    def callbacks(self) -> list[str]:
        """The callback data of all inline buttons."""
        return [button["callback_data"] for button in self.buttons if "callback_data" in button]

    @property
    def urls(self) -> list[str]:
        """The addresses of all URL buttons."""
        return [button["url"] for button in self.buttons if "url" in button]

    def wire(self, bot: dict[str, Any]) -> dict[str, Any]:
        """As the Bot API's Message."""
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "from": bot if self.sender is None else self.sender.wire(),
            "chat": self.chat,
            "date": int(self.at),
            **self._content(),
            **self.other,
        }
        if self.edited_at is not None:
            message["edit_date"] = int(self.edited_at)
        if self.media_group_id is not None:
            message["media_group_id"] = self.media_group_id
        if self.keyboard:
            message["reply_markup"] = {"inline_keyboard": self.keyboard}
        return message

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = {}
        if self.text:
            name = "caption" if self.has_media else "text"
            content[name] = self.text
            if self.entities:
                content["caption_entities" if self.has_media else "entities"] = self.entities
        if self.document is not None:
            names = {"file_name": self.document.filename, "mime_type": self.document.mime_type}
            content["document"] = {**self.document.wire(), **names}
        if self.photo is not None:
            content["photo"] = [{**self.photo.wire(), "width": 640, "height": 480}]
        return content


@dataclass
class Chat:
    """A conversation with the bot; `started` once the bot may write there."""

    wire: dict[str, Any]
    messages: dict[int, ChatMessage] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False
    next_message_at: float = 0.0
    action: str = ""
    action_at: float = 0.0

    @property
    def visible(self) -> list[ChatMessage]:
        return [message for message in self.messages.values() if not message.deleted]


class Chats:
    """All chats, and the counter of message ids."""

    def __init__(self, people: tuple[Person, ...]) -> None:
        self.people = {person.id: person for person in people}
        self.by_id: dict[int, Chat] = {person.id: Chat(person.chat_wire()) for person in people}
        self._last_message_id = 10

    def add_person(self, person: Person) -> None:
        """Makes someone known to Telegram, not yet to the bot."""
        self.people[person.id] = person
        self.by_id.setdefault(person.id, Chat(person.chat_wire()))

    def group(self, group_id: int, title: str) -> Chat:
        """A group that the bot is a member of."""
        wire = {"id": group_id, "type": "supergroup", "title": title}
        return self.by_id.setdefault(group_id, Chat(wire, started=True))

    def post(self, chat: Chat, sender: Person | None, **content: Any) -> ChatMessage:
        """Adds a message to the end of the chat."""
        self._last_message_id += 1
        message = ChatMessage(self._last_message_id, chat.wire, sender, **content)
        chat.messages[message.message_id] = message
        return message
