"""What has not left when all of the money is given back does not leave any more; the receipt does, by both channels."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog
from sandbox.fake_telegram.chats import BEN, MIRA
from tests.support.project import CATALOG
from tests.support.shop import Shop, running_shop, until

EMAIL = "ben@example.org"
NAMES = ["guide.pdf", "map.pdf"]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    for name in NAMES:
        (tmp_path / name).write_bytes(f"%PDF {name}".encode())
    guide = replace(CATALOG.products["guide"], files=tuple(tmp_path / name for name in NAMES))
    return replace(CATALOG, products={"guide": guide})


@pytest.fixture
async def shop(catalog: Catalog, database_setting: dict[str, str]) -> AsyncIterator[Shop]:
    async with running_shop({**database_setting, "ADMIN_IDS": str(MIRA.id)}, catalog) as running:
        await running.ask(MIRA, "/start")
        yield running


def documents(shop: Shop) -> list[str]:
    return [one.document.filename for one in shop.telegram.chat(BEN) if one.document]


def files_in_chat(shop: Shop) -> list[str]:
    return [name for name in documents(shop) if name in NAMES]


async def receipts_came(shop: Shop, mails: int) -> list[list[str]]:
    """What else each receipt's mail carries, once so many have come and nothing waits to leave."""

    async def quiet() -> bool:
        async with shop.services.storage.read() as tx:
            waiting = await tx.outbox.unsent(0, shop.clock.now(), 10)
        return len(shop.resend.mails_to(EMAIL, "payment_paid")) >= mails and not waiting

    await until(quiet, "all that was to leave")
    sent = shop.resend.mails_to(EMAIL, "payment_paid")
    assert len(sent) == mails
    assert any(name.startswith("receipt-") for name in documents(shop))
    return [[one.filename for one in mail.attachments if not one.filename.startswith("receipt-")] for mail in sent]


@pytest.mark.parametrize(("part", "status"), [(None, "refunded"), (500, "partially_refunded")])
async def test_what_waits_for_the_chat_leaves_only_while_some_of_the_money_is_kept(
    shop: Shop, part: int | None, status: str
) -> None:
    token = await shop.verified(BEN, EMAIL, "guide")
    intent_id = await shop.intent(token)
    await shop.telegram.take_down()
    shop.stripe.pay(intent_id)
    await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    shop.stripe.refund(intent_id, part)
    await shop.until_status(token, status)
    await shop.telegram.bring_back()
    goods = [] if status == "refunded" else NAMES
    assert await receipts_came(shop, 1) == [NAMES]
    assert files_in_chat(shop) == goods


async def test_a_receipt_that_is_sent_again_after_it_says_that_no_files_go_along(shop: Shop) -> None:
    token = await shop.verified(BEN, EMAIL, "guide")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    assert await receipts_came(shop, 1) == [NAMES]
    shop.stripe.refund(intent_id)
    await shop.until_status(token, "refunded")
    payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])

    said = await shop.ask(MIRA, f"/resend {payment_id}")
    assert "the files do not go along" in said.text
    assert "Receipt and files" not in said.text
    assert await receipts_came(shop, 2) == [NAMES, []]
    assert files_in_chat(shop) == NAMES
    asked = await shop.ask(MIRA, f"/resend {payment_id} nora@example.org")
    assert asked.text.startswith("Send the receipt of")
    assert "the files do not go along" in asked.text
