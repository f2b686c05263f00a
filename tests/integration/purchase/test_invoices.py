"""An invoice through the whole shop: made in the chat, bought by link, with receipt, and told to who made it."""

import asyncio
import re
from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader

from checkout.model.customer import Customer
from checkout.model.invoice import Invoice, InvoiceClosed, read_invoice
from checkout.model.payment import Payment, Status
from checkout.model.verification import Hasher
from checkout.purchase.manage_invoices import ManageInvoices
from checkout.purchase.start_payment import StartPayment
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.clock import MovedClock
from tests.support.shop import Shop, token_in

TITLE = "Tour & dinner <for two> *_[x](y)_*"


async def invoiced(shop: Shop) -> str:
    """The payload of the link."""
    shop.telegram.say(MIRA, f"/invoice 120,50 chf {TITLE}")
    told = await shop.telegram.wait_for(MIRA, lambda one: "To pay, open" in one.text)
    found = re.search(r"https://t\.me/(\w+)\?start=(inv_[\w-]+)", told.text)
    assert found is not None, told.text
    assert found.group(1) == shop.telegram.bot["username"]
    return found.group(2)


async def test_an_invoice_is_bought_with_a_receipt_and_its_maker_hears_once(shop: Shop) -> None:
    sku = await invoiced(shop)
    token = await shop.verified(BEN, "ben@example.org", sku)
    intent_id = await shop.intent(token)
    created = shop.stripe.payment_intents[intent_id]
    assert (created["amount"], created["currency"], created["description"]) == (12050, "chf", TITLE)
    assert created["metadata"]["sku"] == sku
    async with shop.http.get(f"{shop.url}/pay/{token}") as page:
        assert "Tour &amp; dinner &lt;for two&gt;" in await page.text()
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    assert [one.filename for one in mail.attachments] == ["receipt-000001.pdf"], "nothing else to send"
    paper = PdfReader(BytesIO(mail.attachments[0].content)).pages[0].extract_text().replace("\xa0", " ")
    assert TITLE in paper
    assert "CHF 120.50" in paper
    assert "will send" not in mail.text, "the shop owes no files"
    receipt = await shop.telegram.wait_for(BEN, lambda one: one.document is not None)
    assert TITLE in receipt.text
    paid = await shop.telegram.wait_for(MIRA, lambda one: "Your invoice is paid" in one.text)
    assert TITLE in paid.text
    first = await shop.telegram.wait_for(MIRA, lambda one: "The first payment has arrived" in one.text)
    for told in (paid, first):
        assert any(data.startswith("desk:open:pay_") for data in told.callbacks)
    await shop.stripe.deliver(next(one["id"] for one in shop.stripe.events if one["type"].endswith("succeeded")))
    second = await shop.verified(ANNA, "anna@example.org")
    shop.stripe.pay(await shop.intent(second))
    await shop.resend.wait_for_mail("anna@example.org", "payment_paid")
    await shop.telegram.wait_for(ANNA, lambda one: one.document is not None)
    told_mira = [one.text for one in shop.telegram.chat(MIRA)]
    assert sum("invoice is paid" in text for text in told_mira) == 1
    assert sum("first payment" in text for text in told_mira) == 1
    shop.telegram.say(MIRA, "/stats 7")
    statistics = await shop.telegram.wait_for(MIRA, lambda one: "• City guide" in one.text)
    assert "• Tour & dinner" in statistics.text, "by its title, not by its link"


async def test_a_second_customer_is_refused_and_the_first_finds_the_link_again(shop: Shop) -> None:
    sku = await invoiced(shop)
    token = await shop.verified(BEN, "ben@example.org", sku)
    refused = await shop.ask(ANNA, f"/start {sku}")
    assert "кто-то другой" in refused.text
    assert refused.callbacks == []
    assert token_in(await shop.ask(BEN, f"/start {sku}")) == token


async def test_an_invoice_past_its_week_is_refused_and_its_link_closed(shop: Shop) -> None:
    sku = await invoiced(shop)
    shop.clock.forward(days=6, hours=23, minutes=59)
    token = await shop.verified(BEN, "ben@example.org", sku)
    shop.clock.forward(minutes=2)
    assert (await shop.status(token))["status"] == "expired"
    assert "has expired" in (await shop.ask(BEN, f"/start {sku}")).text
    await shop.periodic_tasks.close_once()
    closed = await shop.telegram.wait_for(BEN, lambda one: f"buy:{sku}" in one.callbacks and bool(one.edited_at))
    assert "has expired" in (await shop.press(BEN, closed, f"buy:{sku}")).text


async def test_a_canceled_invoice_can_be_paid_by_nobody(shop: Shop) -> None:
    sku = await invoiced(shop)
    token = await shop.verified(BEN, "ben@example.org", sku)
    await shop.intent(token)
    made = await shop.telegram.wait_for(MIRA, lambda one: f"invoice:cancel:{sku}" in one.callbacks)
    question = await shop.press(MIRA, made, f"invoice:cancel:{sku}")
    shop.telegram.press(MIRA, question.message_id, question.callbacks[0])
    await shop.until_status(token, "expired")
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as answer:
        assert answer.status == 410
    assert "has canceled this invoice" in (await shop.ask(BEN, f"/start {sku}")).text


async def test_of_two_who_start_to_pay_at_once_one_has_it(storage: DatabaseStorage, clock: MovedClock) -> None:
    hasher = Hasher("k" * 32)
    make = ManageInvoices(storage, clock, hasher, lambda: None)
    invoice = await make.make(read_invoice("19 EUR Tour"), MIRA.id, "u1")
    start = StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(hours=24), livemode=False)
    customers = [Customer(number, "en", "Ben", email=f"{number}@example.org") for number in range(1, 6)]
    outcomes = await asyncio.gather(
        *(start.start(one, invoice.product) for one in customers for _ in range(2)), return_exceptions=True
    )
    made = {one.telegram_user_id: one.payment_id for one in outcomes if isinstance(one, Payment)}
    refused = [one.why for one in outcomes if isinstance(one, InvoiceClosed)]
    assert (len(made), refused) == (1, ["taken"] * 8), outcomes
    async with storage.read() as tx:
        kept = await tx.invoices.get(invoice.sku)
    assert kept is not None
    assert [kept.telegram_user_id] == list(made)


async def test_cancel_and_pay_at_once_leave_no_link_that_lives(storage: DatabaseStorage, clock: MovedClock) -> None:
    hasher = Hasher("k" * 32)
    make = ManageInvoices(storage, clock, hasher, lambda: None)
    start = StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(hours=24), livemode=False)
    ben = Customer(BEN.id, "en", "Ben", email="ben@example.org")
    for number in range(5):
        invoice = await make.make(read_invoice("19 EUR Tour"), MIRA.id, f"u{number}")
        both = (start.start(ben, invoice.product), make.cancel(invoice.sku, MIRA.id))
        outcomes = await asyncio.gather(*(both if number % 2 else reversed(both)), return_exceptions=True)
        assert any(isinstance(one, Invoice) for one in outcomes), "the canceling always comes through"
        async with storage.read() as tx:
            kept, payments = await tx.invoices.get(invoice.sku), await tx.payments.of_customer(BEN.id, 10)
        assert kept is not None
        assert kept.canceled_at == clock.now()
        assert all(one.status is Status.EXPIRED for one in payments)
