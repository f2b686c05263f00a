"""To everyone but admins what admins do does not exist."""

import pytest

from sandbox.fake_telegram.chats import ANNA, MIRA
from tests.support.bot_shop import BotShop
from tests.support.payments import keep_paid

PAYMENT = "pay_1"


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id,)


@pytest.fixture
async def shop(shop: BotShop) -> BotShop:
    await keep_paid(shop.storage)
    return shop


@pytest.mark.parametrize("command", ["refund", "resend", "outbox", "audit"])
async def test_to_everyone_else_the_commands_do_not_exist(shop: BotShop, command: str) -> None:
    (unknown,) = await shop.say(ANNA, "/nothing_of_the_kind")
    said = await shop.say(ANNA, f"/{command} {PAYMENT}")
    assert [one.text for one in said] == [unknown.text]


@pytest.mark.parametrize(
    "data",
    [
        f"desk:refund:{PAYMENT}",
        f"desk:refund_all:{PAYMENT}",
        f"desk:refund_part:{PAYMENT}",
        f"desk:resend:{PAYMENT}",
        f"desk:keep:{PAYMENT}",
        "outbox:try:1",
        "outbox:drop:1",
        "outbox:page:0",
        "audit:page:0",
        "yes:refund:0123456789abcdef",
    ],
)
async def test_to_everyone_else_the_buttons_do_nothing(shop: BotShop, data: str) -> None:
    (shown, *_) = await shop.say(ANNA, "/help")
    said = len(shop.telegram.chat(ANNA))
    shown.keyboard.append([{"text": "?", "callback_data": data}])
    assert "/start" in await shop.hint(ANNA, shown, data)
    assert len(shop.telegram.chat(ANNA)) == said
    async with shop.storage.read() as tx:
        assert await tx.audit.newest(None, 1) == []


@pytest.mark.parametrize("said", ["/refunds pay_1", "give it back", "/help"])
async def test_only_an_admin_is_told_where_the_admins_commands_stand(shop: BotShop, said: str) -> None:
    (to_admin,) = await shop.say(MIRA, said)
    (to_customer,) = await shop.say(ANNA, said)

    assert to_admin.text.endswith("\n/admin — What admins can do here")
    assert "/admin" not in to_customer.text
