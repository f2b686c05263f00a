"""/invoice, its link, and who may pay by it; /summary and /admin."""

import re
from dataclasses import replace
from datetime import time

import pytest

from bot.commands import ADMIN_COMMANDS, CUSTOMER_COMMANDS
from checkout.model.audit import Action, AuditEntry
from checkout.model.invoice import Invoice
from checkout.model.message_content import PaymentFailed
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Payment, Status
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop

NASTY = "Tour <b>for</b> *two* _[x](y)_ & co"
OLEG = Person(9002, "Олег", "", "oleg_admin", "ru")


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id, OLEG.id)


async def invoiced(shop: BotShop, typed: str = "19.50 EUR Guided tour") -> tuple[ChatMessage, str]:
    """What the admin sees, and the link's payload."""
    told, forwarded = await shop.say(MIRA, f"/invoice {typed}")
    links = set(re.findall(r"https://t\.me/\w+\?start=([\w-]+)", told.text + " " + forwarded.text))
    assert len(links) == 1
    return told, links.pop()


async def payments_of(shop: BotShop, person: Person) -> list[Payment]:
    async with shop.storage.read() as tx:
        return list(await tx.payments.of_customer(person.id, 10))


async def kept(shop: BotShop, sku: str) -> Invoice:
    async with shop.storage.read() as tx:
        invoice = await tx.invoices.get(sku)
    assert invoice is not None
    return invoice


async def audited(shop: BotShop) -> list[AuditEntry]:
    async with shop.storage.read() as tx:
        return list(await tx.audit.newest(None, 10))


async def test_an_invoice_is_made_and_its_link_can_be_forwarded(shop: BotShop) -> None:
    told, sku = await invoiced(shop)
    assert re.fullmatch(r"inv_[A-Za-z0-9_-]{24}", sku)
    assert "€19.50" in told.text
    assert "29 November 2026, 14:00 (Tallinn time)" in told.text
    forwarded = shop.telegram.chat(MIRA)[-1]
    assert "Guided tour" in forwarded.text
    assert forwarded.keyboard == [], "Telegram forwards no buttons"
    (entry,) = await audited(shop)
    assert (entry.action, entry.admin_id) == (Action.INVOICE_MADE, MIRA.id)
    assert entry.details == {"sku": sku, "title": "Guided tour", "amount": "1950", "currency": "eur"}


async def test_a_customer_with_a_new_address_buys_it_the_usual_way(shop: BotShop) -> None:
    _, sku = await invoiced(shop, f"19,5 eur {NASTY}")
    offer = (await shop.say(BEN, f"/start {sku}"))[-1]
    assert NASTY in offer.text, "nothing of the title is markup"
    assert "€19.50" in offer.text
    await shop.press(BEN, offer, f"buy:{sku}")
    await shop.say(BEN, "ben@example.org")
    paying = (await shop.say(BEN, shop.mails.last_code("ben@example.org")))[-1]
    assert NASTY in paying.text
    assert any("/pay/" in url for url in paying.urls)
    (payment,) = await payments_of(shop, BEN)
    assert (payment.sku, payment.title, payment.amount, payment.currency) == (sku, NASTY, 1950, "eur")
    assert (await kept(shop, sku)).telegram_user_id == BEN.id


async def test_whoever_starts_to_pay_first_has_it_and_others_hear_so(shop: BotShop) -> None:
    _, sku = await invoiced(shop)
    looked = (await shop.say(ANNA, f"/start {sku}"))[-1]
    await shop.verify(BEN, "ben@example.org", sku)
    await shop.press(ANNA, looked, f"buy:{sku}")
    assert "начал оплачивать кто-то другой" in shop.telegram.chat(ANNA)[-1].text
    assert "начал оплачивать кто-то другой" in (await shop.say(ANNA, f"/start {sku}"))[-1].text
    await shop.say(BEN, f"/start {sku}")
    assert len(await payments_of(shop, BEN)) == 1, "the same link again"
    assert await payments_of(shop, ANNA) == []


async def test_who_is_overtaken_while_the_code_is_on_its_way_hears_it_and_keeps_the_address(shop: BotShop) -> None:
    _, sku = await invoiced(shop)
    offer = (await shop.say(ANNA, f"/start {sku}"))[-1]
    await shop.press(ANNA, offer, f"buy:{sku}")
    await shop.say(ANNA, "anna@example.org")
    await shop.verify(BEN, "ben@example.org", sku)
    said = (await shop.say(ANNA, shop.mails.last_code("anna@example.org")))[-1]
    assert "начал оплачивать кто-то другой" in said.text
    assert "anna@example.org" in (await shop.say(ANNA, "/email"))[-1].text
    assert await payments_of(shop, ANNA) == []


async def test_an_expired_invoice_says_so_and_its_pay_link_ends_with_it(shop: BotShop) -> None:
    _, sku = await invoiced(shop)
    shop.clock.forward(days=6, hours=23)
    await shop.verify(BEN, "ben@example.org", sku)
    (payment,) = await payments_of(shop, BEN)
    assert payment.expires_at == (await kept(shop, sku)).expires_at, "not a whole day, but the hour that is left"
    shop.clock.forward(hours=1)
    assert "has expired" in (await shop.say(BEN, f"/start {sku}"))[-1].text
    assert "@nightmarket_help" in shop.telegram.chat(BEN)[-1].text


@pytest.mark.parametrize("status", [Status.PAID, Status.PROCESSING, Status.REVIEW, Status.REFUNDED])
async def test_what_is_paid_or_being_paid_is_not_sold_again(shop: BotShop, status: Status) -> None:
    told, sku = await invoiced(shop)
    await shop.verify(BEN, "ben@example.org", sku)
    (payment,) = await payments_of(shop, BEN)
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(payment, status=status))
    assert "You have paid this invoice" in (await shop.say(BEN, f"/start {sku}"))[-1].text
    assert "кто-то другой" in (await shop.say(ANNA, f"/start {sku}"))[-1].text
    assert "cannot be canceled" in await shop.hint(MIRA, told, f"invoice:cancel:{sku}")
    assert (await kept(shop, sku)).canceled_at is None


async def test_an_invoice_is_canceled_after_a_question_and_its_open_link_with_it(shop: BotShop) -> None:
    told, sku = await invoiced(shop)
    await shop.verify(BEN, "ben@example.org", sku)
    (payment,) = await payments_of(shop, BEN)
    async with shop.storage.begin() as tx:
        waiting = PaymentFailed("expired_card", "ch_1")
        await tx.outbox.add(
            [NewMessage("k", Channel.MAIL, waiting, payment.email, payment.payment_id, shop.clock.now())]
        )
    question = (await shop.press(MIRA, told, f"invoice:cancel:{sku}"))[-1]
    assert "Cancel this invoice?" in question.text
    assert (await kept(shop, sku)).canceled_at is None, "nothing before the answer"
    no = question.callbacks[1]
    assert "stays" in (await shop.press(MIRA, question, no))[-1].text
    question = (await shop.press(MIRA, told, f"invoice:cancel:{sku}"))[-1]
    assert "is canceled" in (await shop.press(MIRA, question, question.callbacks[0]))[-1].text
    assert (await kept(shop, sku)).canceled_at == shop.clock.now()
    (payment,) = await payments_of(shop, BEN)
    assert payment.status is Status.EXPIRED
    async with shop.storage.begin() as tx:
        (message,) = await tx.outbox.claim(Channel.CHAT, "w", shop.clock.now(), 10)
        assert await tx.outbox.claim(Channel.MAIL, "w", shop.clock.now(), 10) == [], "nobody is to try again"
    assert message.payment_id == payment.payment_id, "the message with the button is brought up to date"
    assert "has canceled this invoice" in (await shop.say(BEN, f"/start {sku}"))[-1].text
    assert "canceled already" in await shop.hint(MIRA, told, f"invoice:cancel:{sku}")
    assert [one.action for one in await audited(shop)] == [Action.INVOICE_CANCELED, Action.INVOICE_MADE]


async def test_a_link_that_was_cut_on_its_way_says_so(shop: BotShop) -> None:
    assert "no such invoice" in (await shop.say(BEN, "/start inv_cut"))[-1].text


async def test_an_update_that_comes_twice_makes_one_invoice(shop: BotShop) -> None:
    await shop.say(MIRA, "/invoice 19 EUR Tour")
    update = shop.telegram.updates[-1]
    async with shop.storage.begin() as tx:
        first = await tx.audit.newest(None, 10)
    await shop.dispatcher.feed_raw_update(shop.bot, update)
    assert await audited(shop) == list(first), "as if the process had died before the update was noted"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "not in the catalogue"),
        ("19", "currency is missing"),
        ("abc EUR Tour", "“abc” is not an amount"),
        ("<b>1</b> EUR Tour", "“<b>1</b>” is not an amount"),
        ("19 DOGE Tour", "“DOGE” is not a currency"),
        ("0 EUR Tour", "above zero"),
        ("-19 EUR Tour", "above zero"),
        ("19.999 EUR Tour", "EUR have 2 decimals at most"),
        ("1500.5 jpy Tour", "JPY have no decimals"),
        ("5.255 kwd Tour", "Stripe takes KWD with a 0 as the third decimal, like 5.250."),
        ("0.10 EUR Tour", "least that Stripe charges is €0.50"),
        ("19 EUR 東京 Tour", "The receipt cannot show 東京."),
        ("99999999 EUR Tour", "too much: Stripe charges €999,999.99"),
        ("19 EUR", "what the invoice is for"),
        (f"19 EUR {'x' * 500}", "120 characters at most"),
    ],
)
async def test_every_mistake_is_answered_with_an_example_and_changes_nothing(
    shop: BotShop, typed: str, said: str
) -> None:
    (answer,) = await shop.say(MIRA, f"/invoice {typed}")
    assert said in answer.text
    assert "/invoice 19.50 EUR Guided tour for two" in answer.text
    assert await audited(shop) == []


@pytest.mark.parametrize("command", ["/invoice 19 EUR Tour", "/summary 21:00", "/admin"])
async def test_to_everyone_else_these_commands_do_not_exist(shop: BotShop, command: str) -> None:
    (unknown,) = await shop.say(BEN, "/nosuchcommand")
    (answer,) = await shop.say(BEN, command)
    assert answer.text == unknown.text
    assert await audited(shop) == []


async def test_a_customers_press_on_an_admins_button_changes_nothing(shop: BotShop) -> None:
    _, sku = await invoiced(shop)
    theirs = (await shop.say(BEN, "/start"))[-1]
    theirs.keyboard = [[{"text": "x", "callback_data": f"invoice:cancel:{sku}"}]]
    assert "does not work" in await shop.hint(BEN, theirs, f"invoice:cancel:{sku}")
    assert (await kept(shop, sku)).canceled_at is None


async def test_the_summary_is_chosen_shown_and_switched_off(shop: BotShop) -> None:
    assert "no daily summary" in (await shop.say(MIRA, "/summary"))[-1].text
    chosen = (await shop.say(MIRA, "/summary 21:00"))[-1].text
    assert "21:00 (Tallinn time), the next one today" in chosen
    assert "21:00 (Tallinn time), the next one today" in (await shop.say(MIRA, "/summary"))[-1].text
    assert "the next one tomorrow" in (await shop.say(MIRA, "/summary 9"))[-1].text, "it is two in the afternoon"
    wrong = (await shop.say(MIRA, "/summary <25:00>"))[-1].text
    assert "“<25:00>” is not an hour" in wrong
    assert "/summary 21:00" in wrong
    async with shop.storage.read() as tx:
        (choice,) = await tx.admin_settings.summaries()
    assert (choice.admin_id, choice.at) == (MIRA.id, time(9))
    assert "не приходят" in (await shop.say(OLEG, "/summary"))[-1].text, "each has a choice of their own"
    assert "no daily summary any more" in (await shop.say(MIRA, "/summary OFF"))[-1].text
    assert [one.details for one in await audited(shop)] == [{"at": "off"}, {"at": "09:00"}, {"at": "21:00"}]


async def test_admin_lists_every_command_in_the_admins_language(shop: BotShop) -> None:
    english = (await shop.say(MIRA, "/admin"))[-1].text
    russian = (await shop.say(OLEG, "/admin"))[-1].text
    for one in ADMIN_COMMANDS:
        assert f"/{one.name}" in english
        assert f"/{one.name}" in russian
    assert "/invoice <amount> <currency> <title> — An invoice, for what is not in the catalogue" in english
    assert "/invoice <сумма> <валюта> <за что> — Счёт" in russian


async def test_every_command_that_is_listed_is_there(shop: BotShop) -> None:
    (unknown,) = await shop.say(MIRA, "/nosuchcommand")
    for one in ADMIN_COMMANDS:
        answers = await shop.say(MIRA, f"/{one.name}")
        assert unknown.text not in [answer.text for answer in answers], one.name


async def test_an_admin_who_writes_for_the_first_time_gets_the_menu(shop: BotShop) -> None:
    def menus() -> list[int]:
        return [call for call in range(len(shop.telegram.calls)) if "setMyCommands" in shop.telegram.calls[call].path]

    await shop.say(BEN, "/start")
    assert menus() == []
    await shop.say(OLEG, "/start")
    assert len(menus()) == 2, "in both languages"
    await shop.say(OLEG, "/admin")
    assert len(menus()) == 2
    names = [one.name for one in CUSTOMER_COMMANDS + ADMIN_COMMANDS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "asked",
    [
        "Can I get an invoice for my company?",
        "invoice please",
        "do you have a VAT number",
        "счёт на компанию",
        "Нужен счет на ООО «Ромашка»",
        "выставьте, пожалуйста, счёт",
        "оплата от юрлица возможна?",
        "с НДС?",
        "Can you send me a bill?",
        "company details on the receipt, please",
        "Счёт можно?",
        "хочу оплатить как ИП, по безналу",
        "нужны документы для бухгалтерии",
    ],
)
async def test_who_asks_for_an_invoice_in_words_is_told_who_makes_it(shop: BotShop, asked: str) -> None:
    (idle,) = await shop.say(BEN, asked)
    await shop.say(BEN, "/email")
    (waiting,) = await shop.say(BEN, asked)
    for said in (idle, waiting):
        assert said.text.startswith("An invoice for a company? Write to @nightmarket_help")
    assert "still waiting for your e-mail address" in waiting.text
    (sent,) = await shop.say(BEN, "invoice@company.example")
    assert "on its way to invoice@company.example" in sent.text


OTHER = ["hello", "private@", "счастье", "считаю, дорого", "мой адрес — ниже", "innovation", "на счёт можно вернуть?"]


@pytest.mark.parametrize("said", OTHER)
async def test_other_words_ask_for_no_invoice(shop: BotShop, said: str) -> None:
    (answer,) = await shop.say(BEN, said)
    assert "An invoice for a company" not in answer.text
