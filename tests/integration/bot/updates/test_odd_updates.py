"""What Telegram sends and nobody expects."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from checkout.errors import InvalidInput
from checkout.ports.customers import KeptUpdate
from sandbox.fake_telegram.chats import BEN, MIRA
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, said
from tests.support.bot_shop import BotShop
from tests.support.shop import until

HIDDEN = {"type": "hidden_user", "date": 1}
OLD_POLL = {"id": "1", "question": "?", "options": [{"text": "a", "voter_count": 0}], "total_voter_count": 0}


@pytest.mark.parametrize("body", [{}, {"update_id": "x"}, {"update_id": True}, {"update_id": -1}, {"message": {}}])
async def test_what_is_no_update_is_refused(shop: BotShop, body: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await intake_of(shop, RecordingHandlers()).handle(body)


async def test_a_number_that_cannot_be_kept_is_left_out(shop: BotShop, caplog: pytest.LogCaptureFixture) -> None:
    """Refused, it would come again for ever."""
    handlers = RecordingHandlers()
    (update,) = said(shop, (BEN, "odd"))
    for number in (2**63, 2**70):
        await intake_of(shop, handlers).handle({**update, "update_id": number})
        assert f"update {number} is left out" in caplog.text
    assert handlers.began == []


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        None,
        [],
        {},
        {"text": "hi"},
        {"forward_origin": HIDDEN},
        {"date": 10**30},
        {"text": "\ud83d"},
        {"from": 1},
        {"from": {"id": 2**63, "is_bot": False, "first_name": "Ben"}},
        {"from": {"id": -(2**70), "is_bot": False, "first_name": "Ben"}},
    ],
)
async def test_an_update_that_cannot_be_read_is_left_out_and_its_customer_goes_on(
    shop: BotShop, caplog: pytest.LogCaptureFixture, message: Any
) -> None:
    handlers = RecordingHandlers()
    intake = intake_of(shop, handlers)
    odd, good = said(shop, (BEN, "odd"), (BEN, "good"))
    whole = {**odd["message"], **message} if isinstance(message, dict) and message else message
    unreadable = {"update_id": odd["update_id"], "message": whole}
    await intake.handle(unreadable)
    await intake.handle(good)

    assert handlers.ended[-1:] == ["good"]
    assert await is_noted(shop, unreadable)
    is_readable = message is None or (message and "text" in message)
    assert (f"update {odd['update_id']} cannot be read" in caplog.text) is not is_readable


@pytest.mark.parametrize(
    "part", [{"poll": OLD_POLL}, {"reply_to_message": {"poll": OLD_POLL}}, {"gift": 7, "quote": []}]
)
@pytest.mark.parametrize("kind", ["message", "edited_message"])
async def test_what_a_message_can_do_without_costs_itself_alone(
    shop: BotShop, caplog: pytest.LogCaptureFixture, part: dict[str, Any], kind: str
) -> None:
    """An older server of the Bot API sends polls without what aiogram asks of them."""
    (update,) = said(shop, (BEN, "/help"))
    message = update.pop("message")
    part = {name: {**message, **told} if name == "reply_to_message" else told for name, told in part.items()}
    before = len(shop.telegram.chat(BEN))

    await shop.intake.handle({**update, kind: {**message, **part}})

    assert len(shop.telegram.chat(BEN)) == before + 1
    assert "cannot be read" not in caplog.text


@pytest.mark.parametrize("name", [{}, {"first_name": None}, {"first_name": ""}])
async def test_who_has_no_name_is_answered(shop: BotShop, name: dict[str, Any]) -> None:
    nobody = {"id": BEN.id, "is_bot": False, **name}
    (update,) = said(shop, (BEN, "/help"))
    before = len(shop.telegram.chat(BEN))
    await shop.intake.handle({**update, "message": {**update["message"], "from": nobody}})
    await shop.intake.handle({"update_id": 78, "callback_query": {**OLD_BUTTON, "from": nobody}})

    assert len(shop.telegram.chat(BEN)) == before + 2, "where the button was is not told any more"


async def test_a_forward_that_cannot_be_read_is_not_taken_for_what_was_typed(shop: BotShop) -> None:
    (update,) = said(shop, (BEN, "/help"))
    before = len(shop.telegram.chat(BEN))

    await shop.intake.handle({**update, "message": {**update["message"], "forward_origin": HIDDEN, "poll": OLD_POLL}})

    assert len(shop.telegram.chat(BEN)) == before


@pytest.mark.parametrize("body", ["", "torn", "[1]", "null", "7", "{}", '{"update_id": "x"}', '{"message": {}}'])
async def test_one_that_was_kept_and_cannot_be_read_stops_no_start(shop: BotShop, body: str) -> None:
    handlers = RecordingHandlers()
    intake = intake_of(shop, handlers)
    odd, good = said(shop, (BEN, "odd"), (BEN, "good"))
    kept = [KeptUpdate(odd["update_id"], body, False), KeptUpdate(good["update_id"], json.dumps(good), False)]
    async with shop.storage.begin() as tx:
        await tx.updates.keep(kept, shop.clock.now())
    await intake.take_up_kept()
    await intake.drain()

    assert handlers.ended == ["good"]
    assert await is_noted(shop, odd)
    async with shop.storage.read() as tx:
        assert await tx.updates.kept(shop.clock.now(), 9) == []


async def is_noted(shop: BotShop, update: dict[str, Any]) -> bool:
    """What takes longer than a second, as on a busy machine, is handled behind the back of whoever brought it."""

    async def noted() -> bool:
        async with shop.storage.read() as tx:
            return await tx.updates.seen(update["update_id"], shop.clock.now())

    return await until(noted, "the update to be noted")


async def test_an_update_of_another_kind_is_noted_and_left_alone(shop: BotShop) -> None:
    shop.telegram.block(BEN)
    update = shop.telegram.updates[-1]
    await intake_of(shop, RecordingHandlers()).handle(update)

    assert await is_noted(shop, update)


GROUP = {"id": -100123, "type": "supergroup", "title": "Shoppers"}
CHANNEL = {"id": -100456, "type": "channel", "title": "News"}
ADMIN = {"id": MIRA.id, "is_bot": False, "first_name": "Mira"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
OLD_BUTTON = {"id": "7", "from": ADMIN, "chat_instance": "1", "data": "buy:guide"}


PRIVATE = {"id": MIRA.id, "type": "private"}


def text_in(chat: dict[str, Any], **more: Any) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": 6}]
    return {"message_id": 5, "date": 1_790_000_000, "chat": chat, "text": "/stats", "entities": entities, **more}


@pytest.mark.parametrize(
    "update",
    [
        {"message": text_in(GROUP, **{"from": ADMIN})},
        {"message": text_in(GROUP, sender_chat=GROUP, **{"from": ANONYMOUS})},
        {"message": text_in(GROUP, sender_chat=CHANNEL, is_automatic_forward=True)},
        {"edited_message": text_in(GROUP, edit_date=1_790_000_001, **{"from": ADMIN})},
        {"channel_post": text_in(CHANNEL, sender_chat=CHANNEL)},
        {"edited_channel_post": text_in(CHANNEL, sender_chat=CHANNEL, edit_date=1_790_000_001)},
        {"business_message": text_in(PRIVATE, business_connection_id="b", **{"from": ADMIN})},
        {"callback_query": {**OLD_BUTTON, "inline_message_id": "9"}},
        {"callback_query": {**OLD_BUTTON, "message": {"chat": GROUP, "message_id": 3, "date": 0}}},
        {"my_chat_member": "odd"},
        {"a_kind_of_next_year": {"id": 1}},
    ],
    ids=["group", "anonymous", "channel in group", "edited in group", "channel", "edited in channel", "business",
         "inline button", "button that is gone", "unreadable", "unknown kind"],
)  # fmt: skip
async def test_where_the_shop_does_not_serve_nothing_is_obeyed_or_answered(
    admins_shop: BotShop, update: dict[str, Any]
) -> None:
    shop = admins_shop
    before = len(shop.telegram.calls)
    await shop.intake.handle({"update_id": 77, **update})
    assert await is_noted(shop, {"update_id": 77})
    asked = {call.path.rpartition("/")[2] for call in list(shop.telegram.calls)[before:]}
    assert asked <= {"answerCallbackQuery"}


@pytest.fixture
async def admins_shop(tmp_path: Path) -> AsyncIterator[BotShop]:
    shop = BotShop(tmp_path, admin_ids=(MIRA.id,))
    await shop.open()
    yield shop
    await shop.close()
