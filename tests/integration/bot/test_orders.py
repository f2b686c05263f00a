"""/orders: links that are never stale, and of what was paid the receipt and the files once more."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checkout.model.payment import Fulfilment, Payment, Status
from db.engine.sql_loader import Query
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.support.admin_payments import callback, paid, with_button
from tests.support.bot_shop import BotShop
from tests.support.payments import keep, keep_paid

MOMENT = timedelta(seconds=3)


async def listed(shop: BotShop, person: Person = BEN) -> ChatMessage:
    return next(one for one in await shop.say(person, "/orders") if one.text.startswith(("Your", "Ваши")))


async def bought(shop: BotShop, **changes: Any) -> Payment:
    bens = {"telegram_user_id": BEN.id, "sku": "guide", "title": "City guide", **changes}
    return await keep_paid(shop.storage, **bens)


async def files_on_their_way(shop: BotShop) -> list[str]:
    """The keys of all that were ever ordered."""
    orders = "SELECT dedupe_key FROM outbox WHERE kind = 'payment_file' ORDER BY message_id"
    async with shop.database.read() as connection:
        return [row["dedupe_key"] for row in await connection.fetch(Query("", orders, orders, ()), {})]


async def test_what_can_be_paid_follows_the_list_with_the_one_button_that_goes_when_it_is_paid(shop: BotShop) -> None:
    (none,) = await shop.say(ANNA, "/orders")
    await shop.verify(ANNA, "anna@example.com")
    listed, pay = await shop.say(ANNA, "/orders")
    await shop.tell()
    shop.clock.forward(hours=25)
    (later,) = await shop.say(ANNA, "/orders")

    assert "Платежей пока нет" in none.text
    assert "⏳ Путеводитель по городу — 19,00\u00a0€" in listed.text
    assert "ждёт оплаты" in listed.text
    assert listed.buttons == [], "the list is not edited once it is paid"
    assert pay.buttons[0]["text"] == "Оплатить 19,00\u00a0€"
    assert [one.message_id for one in shop.telegram.chat(ANNA) if one.urls] == [pay.message_id]
    (payment,) = await shop.dependencies.look_up_payments.orders(ANNA.id)
    assert payment.chat_message_id == pay.message_id
    assert "срок ссылки истёк" in later.text
    assert later.buttons == []


async def old_list(shop: BotShop) -> tuple[ChatMessage, str, Payment]:
    """As lists once were, with a button that asks to pay."""
    await shop.verify(BEN, "ben@example.com")
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    data = f"order:pay:{payment.payment_id}"
    return await with_button(shop, BEN, data), data, payment


async def test_an_old_lists_button_shows_the_link_and_goes(shop: BotShop) -> None:
    orders, data, _ = await old_list(shop)
    *_, pay = await shop.press(BEN, orders, data)
    await shop.tell()
    assert pay.urls and [one.urls for one in shop.telegram.chat(BEN) if one.urls] == [pay.urls]
    assert not [one for one in shop.telegram.chat(BEN) if data in one.callbacks]


@pytest.mark.parametrize(
    ("status", "number", "said"),
    [
        (Status.PAID, 1, "paid already"),
        (Status.REFUNDED, 1, "paid already"),
        (Status.PROCESSING, None, "no money any more"),
        (Status.REVIEW, None, "no money any more"),
    ],
)
async def test_an_old_lists_button_says_what_asks_for_nothing_any_more_and_goes(
    shop: BotShop, status: Status, number: int | None, said: str
) -> None:
    orders, data, payment = await old_list(shop)
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(payment, status=status, receipt_number=number, paid_at=shop.clock.now()))
    before = len(shop.telegram.chat(BEN))
    assert said in await shop.hint(BEN, orders, data)
    assert not [one for one in shop.telegram.chat(BEN) if data in one.callbacks]
    assert len(shop.telegram.chat(BEN)) == before


async def test_an_expired_link_has_no_button(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    shop.clock.forward(hours=25)
    assert (await listed(shop)).buttons == []


async def test_the_receipt_comes_once_more_and_a_double_tap_is_one(shop: BotShop) -> None:
    await bought(shop)
    orders = await listed(shop)
    assert [one["text"] for one in orders.buttons] == ["Receipt", "Files"]
    receipt = callback(orders, "order:receipt:")
    (sent,) = await shop.press(BEN, orders, receipt)
    assert sent.document is not None and sent.document.filename == "receipt-000001.pdf"
    assert sent.text.startswith("Here is your receipt once more.")
    shop.clock.forward(seconds=MOMENT.total_seconds())
    assert "a moment ago" in await shop.hint(BEN, orders, receipt)
    shop.clock.forward(seconds=10)
    (again,) = await shop.press(BEN, orders, receipt)
    assert again.message_id > sent.message_id
    assert not shop.mails.sent


async def test_the_files_come_once_more_and_a_double_tap_is_one(shop: BotShop) -> None:
    payment = await bought(shop)
    orders = await listed(shop)
    files = callback(orders, "order:files:")
    await shop.press(BEN, orders, files)
    await shop.press(BEN, orders, files)
    assert len(await files_on_their_way(shop)) == 1
    shop.clock.forward(seconds=11)
    await shop.press(BEN, orders, files)
    assert len(await files_on_their_way(shop)) == 2
    said = shop.dependencies.renderer.receipt_again(payment, "ru")
    assert said.text.startswith("Вот ваша квитанция ещё раз.")


async def test_an_update_that_comes_twice_sends_the_files_once(shop: BotShop) -> None:
    payment = await bought(shop)
    for _ in range(2):
        await shop.dependencies.send_purchase.queue_files(payment, "u7")
    assert await files_on_their_way(shop) == [f"chat/payment_file/{payment.payment_id}/0/again-u7"]


NOT_TO_HAVE: list[tuple[dict[str, Any], list[str], str]] = [
    ({"status": Status.REFUNDED}, ["Receipt"], "went back to you"),
    ({"fulfilment": Fulfilment.TO_DO}, ["Receipt"], "nothing to send"),
    ({"sku": "inv_1", "fulfilment": Fulfilment.DONE}, ["Receipt"], "nothing to send"),
    ({"sku": "gone"}, ["Receipt"], "nothing to send"),
    ({"status": Status.PARTIALLY_REFUNDED}, ["Receipt", "Files"], ""),
    ({"status": Status.DISPUTED}, ["Receipt", "Files"], ""),
]


@pytest.mark.parametrize(("changes", "buttons", "hint"), NOT_TO_HAVE)
async def test_files_are_for_whom_they_are_still_theirs(
    shop: BotShop, changes: dict[str, Any], buttons: list[str], hint: str
) -> None:
    payment = await bought(shop, **changes)
    assert [one["text"] for one in (await listed(shop)).buttons] == buttons
    old = await with_button(shop, BEN, f"order:files:{payment.payment_id}")
    said = await shop.hint(BEN, old, f"order:files:{payment.payment_id}")
    assert hint in said and bool(hint) is bool(said)
    assert bool(await files_on_their_way(shop)) is not bool(hint)


@pytest.mark.parametrize("kind", ["receipt", "files", "pay"])
async def test_nobody_gets_what_another_has_bought(shop: BotShop, kind: str) -> None:
    payment = await bought(shop)
    data = f"order:{kind}:{payment.payment_id}"
    theirs = await with_button(shop, ANNA, data)
    before = len(shop.telegram.chat(ANNA))
    assert await shop.hint(ANNA, theirs, data)
    assert not await files_on_their_way(shop)
    assert len(shop.telegram.chat(ANNA)) == before
    assert not [one for one in shop.telegram.chat(ANNA) if one.document or one.urls]


async def test_what_is_not_paid_has_no_receipt_and_no_files(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    for kind in ("receipt", "files"):
        old = await with_button(shop, BEN, f"order:{kind}:{payment.payment_id}")
        assert "not paid" in await shop.hint(BEN, old, f"order:{kind}:{payment.payment_id}")


async def test_of_several_each_has_its_number(shop: BotShop) -> None:
    await bought(shop)
    await shop.verify(BEN, "ben@example.com", "course")
    orders = await listed(shop)
    assert "1 · " in orders.text and "2 · " in orders.text
    labels = [one["text"] for one in orders.buttons]
    assert sorted(label[4:].split(" ")[0] for label in labels) == ["Files", "Receipt"]
    assert len({label[0] for label in labels}) == 1


@pytest.mark.parametrize("said", ["/email ben@example.com", "/cancel", "/email it is ben@example.com thanks"])
async def test_mydata_has_the_card_of_a_payment_and_an_address_that_is_not_confirmed_yet(
    shop: BotShop, said: str
) -> None:
    await keep(shop.storage, paid(7, telegram_user_id=BEN.id))
    if said == "/cancel":
        await shop.say(BEN, "ben@example.com")
    await shop.say(BEN, said)
    (shown,) = await shop.say(BEN, "/mydata")
    assert shown.document is not None
    kept = json.loads(shown.document.content)
    (payment,) = kept["payments"]
    assert (kept["email"], kept["email_not_confirmed"]) == (None, "ben@example.com")
    assert (payment["paid_with"], payment["payment_intent_id"]) == ("Visa •••• 4242", f"pi_{7:024}")
