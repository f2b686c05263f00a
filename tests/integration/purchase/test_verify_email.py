"""Use cases on a real database, with fakes that remember in the place of the services."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checkout.errors import AlreadyPaid, LimitReached, LinkExpired, NotFound, ServiceRefused, ServiceUnavailable
from checkout.model.customer import Customer
from checkout.model.events import IntentReport, Metadata
from checkout.model.facts import CardUsed
from checkout.model.outbox import Channel, Kind, NewMessage, OutboxMessage
from checkout.model.outgoing import OutgoingMail
from checkout.model.payment import Payment, Status
from checkout.model.verification import Hasher
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_message import MailDelivery, Sent
from checkout.purchase.expire_links import ExpireLinks
from checkout.purchase.open_pay_page import Intent, OpenPayPage
from checkout.purchase.verify_email import VerifyEmail
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.storage import DatabaseStorage
from messages.renderer import MessageRenderer
from providers.email_addresses import normalised_email
from tests.support.clock import MovedClock
from tests.support.payments import a_payment
from tests.support.project import CATALOG

RENDERER = MessageRenderer(CATALOG, "https://pay.example.org")
ANNA = Customer(42, "en", "Anna")


class Mailbox:
    """Remembers what was sent; refuses with ``trouble`` while there is one."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.trouble: Exception | None = None

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        self.sent.append((idempotency_key, mail.to_bytes()))
        if self.trouble:
            raise self.trouble
        return f"mail-{len(self.sent)}"

    @property
    def last_code(self) -> str:
        found = re.search(r"\b\d{6}\b", OutgoingMail.from_bytes(self.sent[-1][1]).text)
        assert found
        return found.group()


class Gateway:
    """Makes intents as Stripe does: one for each idempotency key."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.hang = False

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        await asyncio.sleep(3600 if self.hang else 0.01)
        intent_id = f"pi_{payment.payment_id}_{attempt}"
        report = IntentReport(intent_id, "created", payment.amount, 0, payment.currency, False, Metadata(shop_id))
        return self.intents.setdefault(intent_id, Intent(intent_id, f"{intent_id}_secret_x", False, report))

    async def retrieve_intent(self, intent_id: str) -> Intent:
        return self.intents[intent_id]

    async def card_of(self, intent_id: str) -> CardUsed | None:
        return None


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def verify(storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox) -> VerifyEmail:
    return VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), RENDERER, mailbox)


async def test_only_the_newest_code_proves_the_address_and_only_once(
    verify: VerifyEmail, mailbox: Mailbox, clock: MovedClock, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, " Anna@Example.ORG ")
    old = mailbox.last_code
    clock.forward(seconds=61)
    await verify.request_again(ANNA)
    newest = mailbox.last_code
    if old != newest:
        assert (await verify.check(ANNA, old)).reason == "wrong"
    checked = await verify.check(ANNA, newest)
    assert (checked.reason, checked.email) == ("ok", "anna@example.org")
    assert (await verify.check(ANNA, newest)).reason == "gone"
    async with storage.read() as tx:
        kept = await tx.customers.get(42)
    assert kept is not None
    assert kept.email == "anna@example.org"


async def test_a_code_dies_after_ten_minutes_or_five_guesses(
    verify: VerifyEmail, mailbox: Mailbox, clock: MovedClock
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    wrong = f"{(int(mailbox.last_code) + 1) % 1_000_000:06d}"
    left = [(await verify.check(ANNA, wrong)).attempts_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    assert (await verify.check(ANNA, mailbox.last_code)).reason == "gone"
    clock.forward(seconds=61)
    await verify.request_again(ANNA)
    clock.forward(minutes=10)
    assert (await verify.check(ANNA, mailbox.last_code)).reason == "gone"


async def test_the_pause_holds_for_the_customer_and_for_the_mailbox_and_leaves_the_code_valid(
    verify: VerifyEmail, mailbox: Mailbox
) -> None:
    await verify.request_code(ANNA, "anna.s@gmail.com")
    code = mailbox.last_code
    for who, address in ((ANNA, "other@example.org"), (Customer(43, "en"), "ANNAS+shop@googlemail.com")):
        with pytest.raises(LimitReached) as caught:
            await verify.request_code(who, address)
        assert caught.value.limit == "cooldown"
    assert (await verify.check(ANNA, code)).reason == "ok"


async def test_an_address_gets_five_codes_an_hour_and_a_customer_ten_a_day(
    verify: VerifyEmail, clock: MovedClock
) -> None:
    for number in range(5):
        await verify.request_code(Customer(100 + number, "en"), "anna@example.org")
        clock.forward(seconds=61)
    with pytest.raises(LimitReached, match="address"):
        await verify.request_code(Customer(200, "en"), "anna@example.org")
    for number in range(10):
        await verify.request_code(ANNA, f"anna{number}@example.org")
        clock.forward(seconds=61)
    with pytest.raises(LimitReached, match="customer"):
        await verify.request_code(ANNA, "anna10@example.org")
    clock.forward(days=1)
    await verify.request_code(ANNA, "anna@example.org")


async def test_a_mail_that_did_not_leave_counts_against_no_limit(verify: VerifyEmail, mailbox: Mailbox) -> None:
    mailbox.trouble = ServiceUnavailable("Resend is down")
    with pytest.raises(ServiceUnavailable):
        await verify.request_code(ANNA, "anna@example.org")
    mailbox.trouble = None
    await verify.request_code(ANNA, "anna@example.org")
    assert (await verify.check(ANNA, mailbox.last_code)).reason == "ok"


async def test_codes_are_kept_only_as_a_keyed_hash(
    verify: VerifyEmail, mailbox: Mailbox, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, "anna@example.org")
    async with storage.read() as tx:
        kept = await tx.codes.pending(42)
    assert kept is not None
    assert mailbox.last_code not in kept.code_hash
    assert kept.code_hash != Hasher("other" * 8).code(42, mailbox.last_code)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def page(storage: DatabaseStorage, clock: MovedClock, gateway: Gateway) -> OpenPayPage:
    return OpenPayPage(storage, clock, gateway, shop_id="night-market")


async def add(storage: DatabaseStorage, clock: MovedClock, **changes: object) -> Payment:
    now = clock.now()
    payment = a_payment(payment_intent_id=None, created_at=now, updated_at=now, expires_at=now + timedelta(hours=24))
    payment = replace(payment, **changes)  # type: ignore[arg-type] # the tests name real fields
    async with storage.begin() as tx:
        await tx.payments.add(payment)
    return payment


async def test_many_clicks_and_tabs_get_one_intent(
    page: OpenPayPage, gateway: Gateway, storage: DatabaseStorage, clock: MovedClock
) -> None:
    await add(storage, clock)
    opened = await asyncio.gather(*(page.open_intent("token-1") for _ in range(10)))
    assert len({one.client_secret for one in opened}) == 1
    assert len(gateway.intents) == 1


async def test_what_cannot_be_paid_opens_no_intent(
    page: OpenPayPage, gateway: Gateway, storage: DatabaseStorage, clock: MovedClock
) -> None:
    with pytest.raises(NotFound):
        await page.open_intent("unknown")
    for number, status in enumerate((Status.PAID, Status.PROCESSING, Status.REVIEW, Status.REFUNDED)):
        await add(storage, clock, payment_id=f"pay_{number}", pay_token=f"t{number}", status=status)
        with pytest.raises(AlreadyPaid):
            await page.open_intent(f"t{number}")
    await add(storage, clock, payment_id="pay_old", pay_token="old")
    clock.forward(hours=24)
    with pytest.raises(LinkExpired):
        await page.open_intent("old")
    assert gateway.intents == {}


async def test_links_past_their_time_are_closed_and_the_message_is_brought_up_to_date(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await add(storage, clock, chat_message_id=5)
    woken: list[bool] = []
    expire = ExpireLinks(storage, clock, lambda: woken.append(True))
    assert await expire.run_once() == 0
    clock.forward(hours=24)
    assert await expire.run_once() == 1
    assert await expire.run_once() == 0
    assert woken == [True]
    async with storage.begin() as tx:
        (message,) = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 5)
    assert message.kind is Kind.PAY_MESSAGE


def outbox_worker(storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox) -> OutboxWorker:
    delivery = MailDelivery(storage, RENDERER, mailbox, Gateway())
    return OutboxWorker(
        Channel.MAIL,
        storage,
        clock,
        delivery,
        RateLimiter(1e6),
        ServiceHealth("Resend", clock),
        Backpressure(),
        (9001,),
    )


async def queue_paid_mail(storage: DatabaseStorage, clock: MovedClock) -> None:
    await add(storage, clock, status=Status.PAID, paid_at=clock.now(), receipt_number=1, payment_intent_id="pi_1")
    mail = NewMessage("mail/p", Channel.MAIL, Kind.PAYMENT_PAID, "anna@example.com", "pay_1", clock.now())
    async with storage.begin() as tx:
        await tx.outbox.add([mail])


async def test_every_try_sends_the_same_bytes_under_the_same_key(
    storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox
) -> None:
    await queue_paid_mail(storage, clock)
    mailbox.trouble = ServiceUnavailable("down")
    for _ in range(3):
        assert await outbox_worker(storage, clock, mailbox).deliver_due() == 1  # each time as after a restart
        clock.forward(seconds=61)
    mailbox.trouble = None
    assert await outbox_worker(storage, clock, mailbox).deliver_due() == 1
    assert await outbox_worker(storage, clock, mailbox).deliver_due() == 0
    assert len(mailbox.sent) == 4
    assert len(set(mailbox.sent)) == 1


async def test_a_refused_mail_is_parked_and_does_not_stop_the_others(
    storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox
) -> None:
    await queue_paid_mail(storage, clock)
    mailbox.trouble = ServiceRefused("no such address")
    assert await outbox_worker(storage, clock, mailbox).deliver_due() == 1
    clock.forward(days=1)
    assert await outbox_worker(storage, clock, mailbox).deliver_due() == 0
    async with storage.read() as tx:
        assert await tx.outbox.is_dead("pay_1", Channel.MAIL, Kind.PAYMENT_PAID)


async def test_when_both_channels_are_dead_an_admin_hears_once(
    storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox
) -> None:
    await queue_paid_mail(storage, clock)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("chat/p", Channel.CHAT, Kind.PAYMENT_PAID, "42", "pay_1", clock.now())])

    class Blocked:
        async def send(self, message: OutboxMessage, now: datetime) -> Sent:
            raise ServiceRefused("the bot was blocked")

    chat = OutboxWorker(
        Channel.CHAT,
        storage,
        clock,
        Blocked(),
        RateLimiter(1e6),
        ServiceHealth("Telegram", clock),
        Backpressure(),
        (9001,),
    )
    await chat.deliver_due()
    mailbox.trouble = ServiceRefused("no such address")
    await outbox_worker(storage, clock, mailbox).deliver_due()
    async with storage.begin() as tx:
        (alert,) = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 5)
    assert (alert.kind, alert.recipient, alert.payment_id) == (Kind.ADMIN_UNREACHABLE, "9001", "pay_1")


async def test_while_a_service_is_down_one_probe_at_a_time_asks(
    storage: DatabaseStorage, clock: MovedClock, mailbox: Mailbox
) -> None:
    await add(storage, clock, status=Status.PAID, paid_at=clock.now(), receipt_number=1, payment_intent_id="pi_1")
    mails = [
        NewMessage(f"mail/{n}", Channel.MAIL, Kind.PAYMENT_PAID, "anna@example.com", "pay_1", clock.now())
        for n in range(12)
    ]
    async with storage.begin() as tx:
        await tx.outbox.add(mails)
    mailbox.trouble = ServiceUnavailable("down")
    one = outbox_worker(storage, clock, mailbox)
    await one.deliver_due()
    tried = len(mailbox.sent)
    assert await one.deliver_due() == 0
    clock.forward(seconds=61)
    assert await one.deliver_due() == 1
    assert len(mailbox.sent) == tried + 1


async def test_a_request_that_comes_again_after_a_crash_mails_the_same_code_under_the_same_key(
    verify: VerifyEmail, mailbox: Mailbox, storage: DatabaseStorage
) -> None:
    await verify.request_code(ANNA, "anna@example.org", 77)
    await verify.check(ANNA, "000000" if mailbox.last_code != "000000" else "000001")
    await verify.request_code(ANNA, "anna@example.org", 77)
    assert mailbox.sent[0] == mailbox.sent[1]
    async with storage.read() as tx:
        pending = await tx.codes.pending(ANNA.telegram_user_id)
    assert pending is not None
    assert pending.attempts_left == 4, "coming again gives no guess back"
    with pytest.raises(LimitReached):
        await verify.request_code(ANNA, "anna@example.org", 78)
    assert (await verify.check(ANNA, mailbox.last_code)).reason == "ok"


async def test_another_request_gets_another_code(verify: VerifyEmail, mailbox: Mailbox, clock: MovedClock) -> None:
    codes = set()
    for request_id in range(4):
        await verify.request_code(ANNA, "anna@example.org", request_id)
        codes.add(mailbox.last_code)
        clock.forward(minutes=2)
    assert len(codes) > 1
