"""While a payment may still succeed or is looked into, its customer gets no second link for the same, and reads why."""

from collections.abc import Callable

import pytest

from checkout.errors import DatabaseAway
from checkout.model.customer import Customer
from checkout.model.payment import Payment
from checkout.purchase.open_pay_page import PageView
from checkout.purchase.start_payment import StartPayment
from sandbox.fake_telegram.chats import ANNA, BEN, Person
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import a_payment, keep, processing, under_review, with_voucher
from tests.support.project import CATALOG
from web.page_content import show

Waits = Callable[[Payment], Payment]
CHAT: dict[tuple[Waits, Person], str] = {
    (
        processing,
        BEN,
    ): "A payment for this is on its way already. So that you do not pay twice, there is no",
    (processing, ANNA): "Эта покупка уже оплачивается. Чтобы вы не заплатили дважды, второй ссылки не будет",
    (
        under_review,
        BEN,
    ): "City guide\nAmount: €15.00\n\nThe shop is looking into this payment and will get back to you.",
    (
        under_review,
        ANNA,
    ): "Путеводитель по городу\nСумма: 15,00\u00a0€\n\nМагазин разбирается с этим платежом и ответит вам.",
    (with_voucher, BEN): "You have payment details for this already. So that you do not pay twice, there is no second",
    (with_voucher, ANNA): "Реквизиты для оплаты у вас уже есть. Чтобы вы не заплатили дважды, второй ссылки не будет",
}
PAGE: dict[tuple[Waits, str], str] = {
    (processing, "en"): "there is no second one until the bank has answered.",
    (processing, "ru"): "второй раз оплатить её нельзя, пока не ответит банк.",
    (under_review, "en"): "You need not pay again.",
    (under_review, "ru"): "Платить ещё раз не нужно.",
    (with_voucher, "en"): "there is no second one while its payment details can be used.",
    (with_voucher, "ru"): "второй раз оплатить её нельзя, пока действуют выданные реквизиты.",
}


@pytest.mark.parametrize(("waits", "person"), CHAT)
async def test_the_chat_shows_the_first_one_and_says_why(shop: BotShop, waits: Waits, person: Person) -> None:
    offer = (await shop.say(person, "/start guide"))[-1]
    now = shop.clock.now()
    verified = Customer(person.id, person.language_code or "en", email="a@example.com", email_verified_at=now)
    async with shop.storage.begin() as tx:
        await tx.customers.save(verified, now)
    await keep(shop.storage, waits(a_payment(at=now, telegram_user_id=person.id, amount=1500)))

    (shown,) = await shop.press(person, offer, "buy:guide")

    assert shown.text.startswith(CHAT[waits, person])
    assert "15" in shown.text, "what it was when it was begun"


@pytest.mark.parametrize(("waits", "language"), PAGE)
def test_the_page_of_another_link_has_no_form_and_says_why(waits: Waits, language: str) -> None:
    other, first = a_payment(2), waits(a_payment())
    shown = show(PageView(other, other.status, language, under_way=first), CATALOG, NOON, done=False)
    assert shown.words is not None
    assert PAGE[waits, language] in shown.words.lines[0]
    assert not shown.has_form
    assert bool(shown.words.link) == (waits is with_voucher)


async def test_another_address_meanwhile_is_taken_for_what_comes_next(shop: BotShop) -> None:
    await keep(shop.storage, with_voucher(a_payment(at=shop.clock.now(), telegram_user_id=BEN.id)))
    await shop.say(BEN, "new@example.com")
    confirmed, catalogue = await shop.say(BEN, shop.mails.last_code("new@example.com"))
    assert "is confirmed" in confirmed.text and catalogue.text.startswith("This is on sale now")


async def test_every_open_link_goes_with_a_new_address(shop: BotShop) -> None:
    poster = await shop.verify(BEN, "ben@example.com", "poster")
    (guide,) = await shop.say(BEN, "/start guide")
    shop.clock.forward(seconds=61)
    await shop.press(BEN, guide, "email:change")
    await shop.say(BEN, "new@example.com")
    confirmed, *moved = await shop.say(BEN, shop.mails.last_code("new@example.com"))
    assert "is confirmed" in confirmed.text
    assert [one.text.split("\n")[0] for one in moved] == ["Night Market poster", "City guide"]
    assert all("The receipt goes to: new@example.com" in one.text for one in moved)
    await shop.tell()
    live = [one.urls for one in shop.telegram.chat(BEN) if one.urls]
    assert live == [one.urls for one in moved] and poster.urls not in live, "no other leads to a page"


async def test_a_moved_link_that_could_not_be_noted_is_sent_when_the_update_comes_again(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.verify(BEN, "ben@example.com", "poster")
    (guide,) = await shop.say(BEN, "/start guide")
    shop.clock.forward(seconds=61)
    await shop.press(BEN, guide, "email:change")
    await shop.say(BEN, "new@example.com")
    note, noted = StartPayment.note_chat_message, list[str]()

    async def note_or_away(self: StartPayment, payment: Payment, message_id: int) -> None:
        noted.append(payment.sku)
        if len(noted) == 1:
            raise DatabaseAway("away")
        await note(self, payment, message_id)

    monkeypatch.setattr(StartPayment, "note_chat_message", note_or_away)
    shop.telegram.say(BEN, shop.mails.last_code("new@example.com"))
    await shop.intake.accept(shop.telegram.updates[-1], tries=2)
    assert noted == ["poster", "poster", "guide"]
    assert len([one for one in shop.telegram.chat(BEN) if one.urls and "new@example.com" in one.text]) == 2


@pytest.mark.parametrize("moment", ["asked", "code sent", "/cancel", "code again"])
@pytest.mark.parametrize("pressed", [True, False], ids=["pressed", "/email"])
async def test_what_was_paid_while_its_address_was_changed_is_not_asked_to_be_paid(
    shop: BotShop, moment: str, pressed: bool
) -> None:
    """In another tab, by the link that was there: who proves the new address then has bought it."""
    pay = await shop.verify(BEN, "ben@example.com")
    change = pay if pressed else (await shop.say(BEN, "/email"))[-1]
    await shop.press(BEN, change, "email:change")
    shop.clock.forward(seconds=61)
    if moment == "asked":
        await shop.takes_payment(BEN)
    sent = (await shop.say(BEN, "new@example.com"))[-1]
    if moment == "code again":
        shop.clock.forward(seconds=61)
        await shop.press(BEN, sent, "code:again")
    if moment == "/cancel":
        await shop.say(BEN, "/cancel")
    if moment != "asked":
        await shop.takes_payment(BEN)
    said = await shop.say(BEN, shop.mails.last_code("new@example.com"))

    assert any("new@example.com is confirmed" in one.text for one in said)
    assert not [one for one in shop.telegram.chat(BEN) if one.urls]
    (again,) = await shop.say(BEN, "/start guide")
    assert "Pay only if you want it once more" in again.text and again.urls, "whoever wants it again gets it"
