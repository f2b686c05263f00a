"""The other end of the chats: what people do in their Telegram app, and what they see there."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox.base.waiting import LONGEST, until
from sandbox.fake_telegram.chats import Chat, ChatMessage, Chats, Person
from sandbox.fake_telegram.html import found_entities
from sandbox.fake_telegram.messages import MessageMethods
from sandbox.fake_telegram.updates import UpdateQueue

GROUP_ID = -1001000000001
SMALLEST_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class TelegramApp:
    """What people do becomes updates; the stand-in supplies chats, queue and methods."""

    bot: dict[str, Any]
    chats: Chats
    queue: UpdateQueue
    messages: MessageMethods
    pressed_at: dict[str, float]
    callback_answers: dict[str, dict[str, Any] | None]

    def log(self, text: str, **detail: Any) -> None:
        """Tells the desk what happened."""
        raise NotImplementedError

    def say(self, person: Person, text: str) -> ChatMessage:
        """The person writes to the bot."""
        return self._arrive(person, self._chat(person), text=text, entities=found_entities(text))

    def forward(self, person: Person, text: str) -> ChatMessage:
        """The person forwards somebody else's message to the bot."""
        origin = {"type": "hidden_user", "sender_user_name": "Mallory", "date": int(time.time())}
        return self._arrive(
            person, self._chat(person), text=text, entities=found_entities(text), other={"forward_origin": origin}
        )

    def forward_the_old_way(self, person: Person, text: str) -> ChatMessage:
        """As servers of the Bot API before 7.0 mark it; of somebody who hides there is the name alone."""
        marks = {"forward_sender_name": "Mallory", "forward_date": int(time.time())}
        return self._arrive(person, self._chat(person), text=text, entities=found_entities(text), other=marks)

    def say_via_bot(self, person: Person, text: str) -> ChatMessage:
        """The person sends what another bot has written for them."""
        bot = {"id": 777, "is_bot": True, "first_name": "Inline", "username": "inline_bot"}
        return self._arrive(
            person, self._chat(person), text=text, entities=found_entities(text), other={"via_bot": bot}
        )

    def press_start(self, person: Person, payload: str = "") -> ChatMessage:
        """The person presses Start, perhaps having followed a deep link with a start payload."""
        if payload and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload):
            raise ValueError("a start payload is 1-64 of A-Z a-z 0-9 _ -")
        return self.say(person, f"/start {payload}".strip())

    def press(self, person: Person, message_id: int, callback_data: str) -> str:
        """The person presses a button: the callback query's id. ValueError if there is no such button."""
        message = self._shown(person, message_id)
        if callback_data not in message.callbacks:
            raise ValueError(f"message {message_id} has no button {callback_data!r}, but {message.callbacks}")
        query_id = str(secrets.randbits(60))
        self.pressed_at[query_id] = time.monotonic()
        self.callback_answers[query_id] = None
        query = {
            "id": query_id, "from": person.wire(), "message": message.wire(self.bot),
            "chat_instance": str(message.chat_id * 7919), "data": callback_data,
        }  # fmt: skip
        self.queue.add("callback_query", query)
        self.log(f"{person.first_name} pressed {callback_data}")
        return query_id

    def send_sticker(self, person: Person) -> ChatMessage:
        """The person sends a sticker."""
        sticker = {
            "file_id": "CAACsticker", "file_unique_id": "sticker", "type": "regular",
            "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍",
        }  # fmt: skip
        return self._arrive(person, self._chat(person), other={"sticker": sticker})

    def send_location(self, person: Person) -> ChatMessage:
        """The person sends where they are."""
        place = {"latitude": 59.437, "longitude": 24.7536}
        return self._arrive(person, self._chat(person), other={"location": place})

    def send_photo(self, person: Person, caption: str = "") -> ChatMessage:
        """The person sends a photo."""
        photo = self.messages.keep_file("photo.png", SMALLEST_PNG)
        return self._arrive(person, self._chat(person), photo=photo, text=caption)

    def send_document(self, person: Person, filename: str, content: bytes, caption: str = "") -> ChatMessage:
        """The person sends a file."""
        document = self.messages.keep_file(filename, content)
        return self._arrive(person, self._chat(person), document=document, text=caption)

    def edit_message(self, person: Person, message_id: int, text: str) -> ChatMessage:
        """The person edits a message of their own."""
        message = self._shown(person, message_id)
        if message.sender != person:
            raise ValueError("people edit only their own messages")
        message.text, message.entities, message.edited_at = text, found_entities(text), time.time()
        self.queue.add("edited_message", message.wire(self.bot))
        return message

    def say_in_group(self, person: Person, text: str, group_id: int = GROUP_ID) -> ChatMessage:
        """The person writes in a group that the bot is in."""
        chat = self.chats.group(group_id, "Sandbox group")
        return self._arrive(person, chat, text=text, entities=found_entities(text))

    def block(self, person: Person) -> None:
        """The person blocks the bot; it is told by my_chat_member."""
        self._set_blocked(person, True)

    def unblock(self, person: Person) -> None:
        """The person lets the bot write again."""
        self._set_blocked(person, False)

    def meet(self, person: Person) -> None:
        """Lets the bot write to the person as if they had pressed Start some time ago."""
        self._chat(person).started = True

    def chat(self, person: Person) -> list[ChatMessage]:
        """The chat in order, edits applied, without deleted messages."""
        return self._chat(person).visible

    async def wait_for(
        self, person: Person, predicate: Callable[[ChatMessage], bool], timeout: float = LONGEST
    ) -> ChatMessage:
        """The newest message of the bot in this chat that the predicate holds for; raises TimeoutError."""

        def newest() -> ChatMessage | None:
            found = (message for message in reversed(self.chat(person)) if message.by_bot and predicate(message))
            return next(found, None)

        return await until(newest, timeout, f"a message to {person.first_name}")

    @property
    def updates(self) -> list[dict[str, Any]]:
        """Every update there was, oldest first."""
        return list(self.queue.all.values())

    @property
    def confirmed_offset(self) -> int:
        """All updates below are confirmed."""
        return self.queue.confirmed_offset

    def repeat_update(self, update_id: int) -> None:
        """Sends the same update once more."""
        self.queue.repeat(update_id)

    def _chat(self, person: Person) -> Chat:
        if person.id not in self.chats.by_id:
            self.chats.add_person(person)
        return self.chats.by_id[person.id]

    def _shown(self, person: Person, message_id: int) -> ChatMessage:
        for chat in (self._chat(person), *(chat for key, chat in self.chats.by_id.items() if key < 0)):
            message = chat.messages.get(message_id)
            if message is not None and not message.deleted:
                return message
        raise ValueError(f"{person.first_name} sees no message {message_id}")

    def _arrive(self, person: Person, chat: Chat, **content: Any) -> ChatMessage:
        chat.started, chat.blocked = True, False
        message = self.chats.post(chat, person, **content)
        self.queue.add("message", message.wire(self.bot))
        self.log(f"{person.first_name} wrote")
        return message

    def _set_blocked(self, person: Person, blocked: bool) -> None:
        chat = self._chat(person)
        chat.blocked = blocked
        states = [_member(self.bot, "member"), _member(self.bot, "kicked")]
        old, new = states if blocked else reversed(states)
        change = {
            "chat": chat.wire, "from": person.wire(), "date": int(time.time()),
            "old_chat_member": old, "new_chat_member": new,
        }  # fmt: skip
        self.queue.add("my_chat_member", change)
        self.log(f"{person.first_name} {'blocked' if blocked else 'unblocked'} the bot")


def _member(bot: dict[str, Any], status: str) -> dict[str, Any]:
    until_date = {"until_date": 0} if status == "kicked" else {}
    return {"user": bot, "status": status, **until_date}
