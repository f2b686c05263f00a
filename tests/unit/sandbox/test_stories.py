"""Which link a scenario of the desk goes on with."""

import pytest

from sandbox.desk.stories import pay_token_of
from sandbox.fake_telegram.chats import BEN, ChatMessage

SINCE = 100.0


def linking(token: str, at: float, edited_at: float | None = None) -> ChatMessage:
    keyboard = [[{"text": "Pay", "url": f"https://shop.example/pay/{token}"}]]
    return ChatMessage(1, {"id": BEN.id}, None, keyboard=keyboard, at=at, edited_at=edited_at)


@pytest.mark.parametrize(
    ("chat", "token"),
    [
        ([], None),
        ([linking("old", 99)], None),
        ([linking("old", 99, edited_at=101)], None),
        ([linking("new", 101)], "new"),
        ([linking("old", 99, edited_at=103), linking("new", 102)], "new"),
        ([linking("first", 101), ChatMessage(2, {"id": BEN.id}, None, text="and?", at=103)], "first"),
        ([linking("first", 101), linking("second", 102)], "second"),
    ],
)
def test_it_is_the_newest_that_was_sent_since_it_began(chat: list[ChatMessage], token: str | None) -> None:
    assert pay_token_of(chat, SINCE) == token
