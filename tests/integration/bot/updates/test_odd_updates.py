"""What Telegram sends and nobody expects."""

from typing import Any

import pytest

from checkout.errors import InvalidInput
from sandbox.fake_telegram.chats import BEN
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, said
from tests.support.bot_shop import BotShop

HIDDEN = {"type": "hidden_user", "date": 1}


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


async def is_noted(shop: BotShop, update: dict[str, Any]) -> bool:
    async with shop.storage.read() as tx:
        return await tx.updates.seen(update["update_id"], shop.clock.now())


async def test_an_update_of_another_kind_is_noted_and_left_alone(shop: BotShop) -> None:
    shop.telegram.block(BEN)
    update = shop.telegram.updates[-1]
    await intake_of(shop, RecordingHandlers()).handle(update)

    assert await is_noted(shop, update)
