"""What is noted on a payment's way, by whom it is read, and what becomes of it: on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.errors import ServiceUnavailable
from checkout.model.activity import ActivityEntry, Step
from checkout.model.audit import Action
from checkout.model.customer import Customer
from checkout.model.events import IntentReport, Metadata
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage, State
from checkout.model.payment import Payment, Status
from checkout.model.verification import Hasher
from checkout.purchase.manage_customers import ManageCustomers
from checkout.purchase.open_pay_page import Intent, OpenPayPage
from checkout.purchase.start_payment import StartPayment
from checkout.purchase.verify_email import VerifyEmail
from checkout.reporting.payment_timeline import PaymentTimeline
from db.engine.connection import Database
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.support.clock import MovedClock
from tests.support.customers import ANNA
from tests.support.databases import ask
from tests.support.fakes import RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.payments import a_payment
from tests.support.project import CATALOG


class Intents:
    """Makes one PaymentIntent for each payment and attempt; those in ``canceled`` are."""

    def __init__(self) -> None:
        self.canceled: set[str] = set()

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        return self._intent(f"pi_{attempt}")

    async def retrieve_intent(self, intent_id: str) -> Intent:
        return self._intent(intent_id)

    def _intent(self, intent_id: str) -> Intent:
        report = IntentReport(intent_id, "created", 1900, 0, "eur", False, Metadata())
        return Intent(intent_id, f"{intent_id}_secret_x", intent_id in self.canceled, report)


@pytest.fixture
def verify(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails) -> VerifyEmail:
    return VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), RENDERER, mails)


@pytest.fixture
def start(storage: DatabaseStorage, clock: MovedClock) -> StartPayment:
    hasher = Hasher("k" * 32)
    return StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(days=1), livemode=False)


async def begun(start: StartPayment, storage: DatabaseStorage) -> Payment:
    async with storage.read() as tx:
        customer = await tx.customers.get(42)
    guide = CATALOG.find("guide")
    assert customer is not None
    assert guide is not None
    return await start.start(customer, guide)


async def steps(storage: DatabaseStorage, payment: Payment) -> list[tuple[Step, str]]:
    async with storage.read() as tx:
        return [(one.step, one.details) for one in await tx.activity.of_payment(payment)]


async def test_the_way_from_the_code_to_the_card_form_is_noted(
    storage: DatabaseStorage, clock: MovedClock, verify: VerifyEmail, start: StartPayment, mails: RememberingMails
) -> None:
    await verify.request_code(ANNA, "anna@gmial.com")
    clock.forward(minutes=2)
    await verify.request_code(ANNA, "anna@gmail.com")
    clock.forward(minutes=1)
    await verify.check(ANNA, "000000")
    await verify.check(ANNA, mails.last_code("anna@gmail.com"))
    payment = await begun(start, storage)
    await start.note_chat_message(payment, 77)
    intents = Intents()
    page = OpenPayPage(storage, clock, intents, CATALOG)
    for _ in range(3):
        await page.open_intent(payment.pay_token)
    intents.canceled.add("pi_1")
    await page.open_intent(payment.pay_token)

    assert await steps(storage, payment) == [
        (Step.CODE_SENT, "anna@gmial.com"),
        (Step.CODE_SENT, "anna@gmail.com"),
        (Step.VERIFIED, "anna@gmail.com"),
        (Step.LINK_SENT, "77"),
        (Step.PAGE_OPENED, ""),
        (Step.INTENT_MADE, "pi_1"),
        (Step.INTENT_MADE, "pi_2"),
    ]


@pytest.mark.parametrize("status", [Status.REVIEW, Status.PROCESSING, Status.PAID])
async def test_a_message_without_a_pay_button_is_no_link(
    status: Status, storage: DatabaseStorage, start: StartPayment, verify: VerifyEmail, mails: RememberingMails
) -> None:
    await verify.request_code(ANNA, "anna@example.com")
    await verify.check(ANNA, mails.last_code("anna@example.com"))
    payment = await begun(start, storage)

    await start.note_chat_message(replace(payment, status=status), 77)

    assert Step.LINK_SENT not in [step for step, _ in await steps(storage, payment)]


async def test_looking_at_the_page_notes_nothing(
    storage: DatabaseStorage, clock: MovedClock, verify: VerifyEmail, start: StartPayment, mails: RememberingMails
) -> None:
    await verify.request_code(ANNA, "anna@example.com")
    await verify.check(ANNA, mails.last_code("anna@example.com"))
    payment = await begun(start, storage)
    before = await steps(storage, payment)

    await OpenPayPage(storage, clock, Intents(), CATALOG).view(payment.pay_token)

    assert await steps(storage, payment) == before


async def test_the_page_is_noted_where_the_webhook_came_before_our_own_write(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    """The event has brought the PaymentIntent's id while Stripe's answer was under way."""
    payment = a_payment(payment_intent_id=None)
    async with storage.begin() as tx:
        await tx.payments.add(payment)

    class Overtaken(Intents):
        async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
            async with storage.begin() as tx:
                await tx.payments.update(payment.with_fresh_intent("pi_1", 1, clock.now()))
            return await super().create_intent(payment, shop_id, attempt)

    await OpenPayPage(storage, clock, Overtaken(), CATALOG).open_intent("token-1")

    assert await steps(storage, payment) == [(Step.PAGE_OPENED, ""), (Step.INTENT_MADE, "pi_1")]


async def test_a_code_whose_mail_did_not_leave_is_noted_as_unsent(
    storage: DatabaseStorage, clock: MovedClock, verify: VerifyEmail, mails: RememberingMails
) -> None:
    mails.failure = ServiceUnavailable("Resend is away")
    with pytest.raises(ServiceUnavailable):
        await verify.request_code(ANNA, "anna@example.com")

    found = await steps(storage, a_payment(created_at=clock.now()))

    assert sorted(found) == [(Step.CODE_SENT, "anna@example.com"), (Step.CODE_UNSENT, "anna@example.com")]


async def test_no_code_token_or_secret_is_ever_noted(
    storage: DatabaseStorage,
    database: Database,
    clock: MovedClock,
    verify: VerifyEmail,
    start: StartPayment,
    mails: RememberingMails,
) -> None:
    await verify.request_code(ANNA, "anna@example.com")
    code = mails.last_code("anna@example.com")
    await verify.check(ANNA, code)
    payment = await begun(start, storage)
    await start.note_chat_message(payment, 77)
    await OpenPayPage(storage, clock, Intents(), CATALOG).open_intent(payment.pay_token)

    noted = str(await ask(database, "SELECT what, details FROM journal"))

    assert not any(secret in noted for secret in (code, payment.pay_token, "_secret_"))


async def test_codes_of_others_and_of_later_are_not_this_payments(storage: DatabaseStorage, clock: MovedClock) -> None:
    payment = a_payment(created_at=clock.now())
    later = clock.now() + timedelta(seconds=1)
    async with storage.begin() as tx:
        await tx.activity.note(
            ActivityEntry(43, Step.VERIFIED, clock.now(), "ben@example.com"),
            ActivityEntry(42, Step.VERIFIED, later, "anna@example.org"),
            ActivityEntry(42, Step.LINK_SENT, clock.now(), "1", "pay_2"),
        )

    assert await steps(storage, payment) == []


async def test_forgetting_a_customer_erases_codes_and_keeps_the_payments_way(
    storage: DatabaseStorage, database: Database, clock: MovedClock, verify: VerifyEmail
) -> None:
    await verify.request_code(ANNA, "anna@example.com")
    await verify.request_code(Customer(43, "en"), "ben@example.com")
    async with storage.begin() as tx:
        await tx.activity.note(ActivityEntry(42, Step.LINK_SENT, clock.now(), "1", "pay_1"))

    await ManageCustomers(storage, clock).forget(42)

    rows = await ask(database, "SELECT telegram_user_id, what FROM journal ORDER BY entry_id")
    assert [tuple(row) for row in rows] == [(43, "code_sent"), (42, "link_sent")]


async def test_all_that_is_known_of_a_payment_comes_together(storage: DatabaseStorage, clock: MovedClock) -> None:
    payment, now = a_payment(created_at=clock.now()), clock.now()
    messages = [
        NewMessage("chat/paid", Channel.CHAT, PaymentPaid(2), "42", "pay_1", now),
        NewMessage("chat/other", Channel.CHAT, PaymentPaid(), "42", "pay_2", now),
    ]
    async with storage.begin() as tx:
        await tx.payments.add(payment)
        await tx.customers.save(ANNA, now)
        await tx.customers.save(Customer(9001, "en", "Mira"), now)
        await tx.outbox.add(messages)
        (claimed,) = await tx.outbox.claim(Channel.CHAT, "w", now, 10)
        await tx.outbox.park(claimed, "w", "the customer has blocked the bot")
        await tx.audit.add(9001, Action.REFUND_ASKED, "pay_1", {"amount": "500"}, now)
        await tx.audit.add(9001, Action.EXPORTED, "", {}, now)

    traces = (await PaymentTimeline(storage).of("pay_1")).traces

    assert traces.customer == ANNA
    (told,) = traces.messages
    assert (told.state, told.error, told.content) == (State.PARKED, "the customer has blocked the bot", PaymentPaid(2))
    (decided,) = traces.decisions
    assert (decided.admin_name, decided.action, decided.details) == ("Mira", "refund_asked", {"amount": "500"})
    assert (traces.events, traces.activity) == ([], [])


async def noted_at(storage: DatabaseStorage, entries: Sequence[ActivityEntry]) -> None:
    async with storage.begin() as tx:
        await tx.activity.note(*entries)


async def test_only_the_last_steps_before_a_payment_are_read(storage: DatabaseStorage, clock: MovedClock) -> None:
    entries = [
        ActivityEntry(42, Step.CODE_SENT, clock.now() - timedelta(hours=number), str(number)) for number in range(50)
    ]
    await noted_at(storage, entries)

    found = await steps(storage, a_payment(created_at=clock.now()))

    assert found == [(Step.CODE_SENT, str(number)) for number in reversed(range(12))]
