"""A refund may fail, or turn out to be another payment's: nothing that was bought is kept back because of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.fake_telegram.chats import BEN
from tests.support.project import CATALOG
from tests.support.shop import Shop, running_shop, until

EMAIL = "ben@example.org"
NAMES = ["guide.pdf", "map.pdf"]


@pytest.fixture
async def shop(tmp_path: Path, database_setting: dict[str, str]) -> AsyncIterator[Shop]:
    for name in NAMES:
        (tmp_path / name).write_bytes(f"%PDF {name}".encode())
    guide = replace(CATALOG.products["guide"], files=tuple(tmp_path / name for name in NAMES))
    async with running_shop(database_setting, replace(CATALOG, products={"guide": guide})) as running:
        yield running


async def test_what_waited_for_the_chat_leaves_though_all_was_given_back_meanwhile(shop: Shop) -> None:
    token = await shop.verified(BEN, EMAIL, "guide")
    intent_id = await shop.intent(token)
    await shop.telegram.take_down()
    shop.stripe.pay(intent_id)
    await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    shop.stripe.refund(intent_id)
    await shop.until_status(token, "refunded")
    await shop.telegram.bring_back()

    def files() -> list[str]:
        names = [one.document.filename for one in shop.telegram.chat(BEN) if one.document]
        return [name for name in names if name in NAMES]

    async def both_came() -> bool:
        return len(files()) >= len(NAMES)

    await until(both_came, "the files in the chat")
    assert files() == NAMES
