"""A clock that was a day ahead, and goes right again: what it has noted in the future holds nothing up."""

from datetime import time, timedelta

import pytest

from checkout import limits
from checkout.errors import AskedToWait, LimitReached, ServiceUnavailable
from checkout.model.customer import Customer
from checkout.model.message_content import PaymentFailed, PaymentRefunded
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage
from checkout.model.summary_schedule import SummaryChoice
from checkout.model.verification import Hasher
from checkout.notifications.handover import Handover
from checkout.notifications.resend_receipt import ReceiptOrder, ResendReceipt
from checkout.payments.reconcile import RECONCILED
from checkout.purchase.verify_email import VerifyEmail
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Database
from db.replicas.customer_queue import DatabaseCustomerQueue
from db.replicas.rate_limit import SharedRateLimiter
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.integration.notifications.test_outbox_worker import mail_worker, queue_paid_mail, unsent
from tests.integration.outages.test_alerts import Process
from tests.support.clock import MovedClock
from tests.support.customers import ANNA
from tests.support.databases import ask
from tests.support.fakes import RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.notifications import Wakes, keep_told_by_both
from tests.support.payments import a_payment, keep
from tests.support.reconciled import reconciled


@pytest.fixture
def verify(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails) -> VerifyEmail:
    return VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), RENDERER, mails)


async def test_the_pause_between_two_codes_is_a_minute(verify: VerifyEmail, clock: MovedClock) -> None:
    clock.forward(days=1)
    await verify.request_code(ANNA, "anna@example.org")
    clock.forward(days=-1)
    with pytest.raises(LimitReached) as caught:
        await verify.request_code(ANNA, "anna@example.org")
    assert caught.value.retry_after == 60
    clock.forward(seconds=60)
    await verify.request_code(ANNA, "anna@example.org")


async def test_the_codes_of_an_hour_are_an_hours_and_those_of_a_day_a_days(
    verify: VerifyEmail, clock: MovedClock
) -> None:
    clock.forward(days=1)
    for number in range(5):
        await verify.request_code(Customer(100 + number, "en"), "anna@example.org")
        clock.forward(seconds=61)
    clock.forward(days=-1)
    with pytest.raises(LimitReached, match="cooldown"):
        await verify.request_code(ANNA, "anna@example.org")
    clock.forward(minutes=2)
    with pytest.raises(LimitReached, match="address"):
        await verify.request_code(ANNA, "anna@example.org")
    clock.forward(hours=1)
    await verify.request_code(ANNA, "anna@example.org")


async def test_a_code_dies_ten_minutes_after_it_was_first_looked_at(
    verify: VerifyEmail, clock: MovedClock, mails: RememberingMails
) -> None:
    clock.forward(days=1)
    await verify.request_code(ANNA, "anna@example.org")
    clock.forward(days=-1)
    wrong = f"{(int(mails.last_code()) + 1) % 1_000_000:06d}"
    assert (await verify.check(ANNA, wrong)).reason == "wrong"
    clock.forward(minutes=11)
    assert (await verify.check(ANNA, mails.last_code())).reason == "gone"


@pytest.mark.parametrize("failure", [ServiceUnavailable("down"), AskedToWait("later", retry_after=7200)])
async def test_a_message_that_was_put_off_is_due(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails, failure: ServiceUnavailable
) -> None:
    await queue_paid_mail(storage, clock)
    clock.forward(days=1)
    mails.failure = failure
    worker = mail_worker(storage, clock, mails)
    assert await worker.deliver_due() == 1
    clock.forward(days=-1)
    mails.failure = None
    assert await worker.deliver_due() == 1
    assert await unsent(storage, clock) == []


async def test_a_message_that_was_put_off_is_due_with_another_behind_it(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    clock.forward(days=1)
    mails.failure = AskedToWait("later", retry_after=7200)
    worker = mail_worker(storage, clock, mails)
    await worker.deliver_due()
    clock.forward(days=-1)
    mails.failure = None
    async with storage.begin() as tx:
        refund = NewMessage("mail/q", Channel.MAIL, PaymentRefunded(1900), "anna@example.com", "pay_1", clock.now())
        await tx.outbox.add([refund])
    for _ in range(3):
        await worker.deliver_due()
    assert await unsent(storage, clock) == []


async def test_a_message_that_was_made_in_the_future_is_due(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    clock.forward(days=1)
    await queue_paid_mail(storage, clock)
    clock.forward(days=-1)
    assert await mail_worker(storage, clock, mails).deliver_due() == 1


async def test_what_waits_because_a_service_asked_for_it_waits_on(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    mails.failure = AskedToWait("later", retry_after=7200)
    assert await mail_worker(storage, clock, mails).deliver_due() == 1
    clock.forward(minutes=90)
    assert await mail_worker(storage, clock, mails).deliver_due() == 0


async def test_three_days_of_trying_begin_when_the_clock_goes_right(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    clock.forward(days=30)
    mails.failure = ServiceUnavailable("down")
    worker = mail_worker(storage, clock, mails)
    await worker.deliver_due()
    clock.forward(days=-30)
    await worker.deliver_due()
    clock.forward(hours=73)
    await worker.deliver_due()
    clock.forward(minutes=2)
    async with storage.read() as tx:
        assert await tx.outbox.is_dead("pay_1", Channel.MAIL, Kind.PAYMENT_PAID)


async def test_a_failure_notice_waits_for_no_mail_of_tomorrow(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await keep(storage, a_payment())

    async def queue(key: str) -> None:
        notice = NewMessage(
            key, Channel.MAIL, PaymentFailed("expired_card", key), "anna@example.com", "pay_1", clock.now()
        )
        async with storage.begin() as tx:
            await tx.outbox.add([notice])

    clock.forward(days=1)
    await queue("first")
    assert await mail_worker(storage, clock, mails).deliver_due() == 1
    clock.forward(days=-1)
    await queue("second")
    assert await mail_worker(storage, clock, mails).deliver_due() == 1


def test_a_service_that_was_down_is_asked_at_once(clock: MovedClock) -> None:
    health = ServiceHealth("Resend", clock)
    clock.forward(days=1)
    health.failed("sending", "refused", retry_after=30)
    clock.forward(days=-1)
    assert health.probe_at("sending") == clock.now()
    assert health.failed("sending", "refused") > clock.now()
    assert health.since == clock.now()
    probe_at = health.probe_at("sending")
    assert probe_at is not None and probe_at > clock.now()


async def test_outages_are_told_as_ever(storage: DatabaseStorage, clock: MovedClock) -> None:
    process = Process(storage, clock)
    clock.forward(days=1)
    await process.fails(16)
    assert await process.kinds() == [Kind.ADMIN_SERVICE_DOWN]
    clock.forward(days=-1)
    await process.fails(2)
    await process.answers()
    await process.look()
    clock.forward(minutes=1)
    await process.answers()
    assert await process.kinds() == [Kind.ADMIN_SERVICE_BACK]
    clock.forward(minutes=10)
    await process.fails(16)
    assert await process.kinds() == [Kind.ADMIN_SERVICE_DOWN]


async def test_reconciliation_asks_for_all_that_stripe_remembers_once_its_checkpoint_is_no_good(
    database: Database,
) -> None:
    async with reconciled(database) as (shop, session):
        work = shop.reconcile(session)
        now = shop.clock.now()
        async with shop.storage.begin() as tx:
            await tx.checkpoints.put(RECONCILED, now + timedelta(days=1), now)
        first = await work.run_once()
        assert now - first.asked_since >= limits.events_remembered() - timedelta(minutes=1)
        again = await work.run_once()
        assert again.asked_since >= now - limits.reconciliation_overlap()


async def test_a_receipt_is_sent_again(storage: DatabaseStorage, clock: MovedClock) -> None:
    await keep_told_by_both(storage, clock)
    again = ResendReceipt(storage, clock, normalised_email, Wakes(), lambda sku: Handover.PROGRAM)
    order = ReceiptOrder("pay_1", None, 9001, "u1", by_button=True)
    clock.forward(days=1)
    await again.order(order)
    clock.forward(days=-1)
    assert (await again.order(ReceiptOrder("pay_1", None, 9001, "u2", by_button=True))).is_new
    assert not (await again.order(ReceiptOrder("pay_1", None, 9001, "u3", by_button=True))).is_new


def test_todays_summary_is_due_though_tomorrows_was_made(clock: MovedClock) -> None:
    now = clock.now()
    tomorrow = (now + timedelta(days=1)).date()
    choice = SummaryChoice(9001, time(9), now - timedelta(days=9), tomorrow)
    assert choice.is_due(now, now.tzinfo or pytest.fail("a clock without a zone"))


async def test_slots_of_the_rate_limit_are_free(replicas: list[Database]) -> None:
    for slot in ("chat", "chat 42"):
        await ask(replicas[0], f"INSERT INTO send_slots VALUES ('{slot}', extract(epoch FROM now()) + 86400)")
    await SharedRateLimiter(replicas[0], "chat", per_second=1_000_000, pause=0.001).wait("42")
    rows = await ask(replicas[0], "SELECT count(*) FROM send_slots WHERE next_at > extract(epoch FROM now()) + 60")
    assert rows == [(0,)]


async def test_a_dead_replica_holds_no_customer_up(replicas: list[Database]) -> None:
    await ask(replicas[0], "INSERT INTO waiting_updates VALUES (1, 42, 'dead', TRUE, '2099-01-01T00:00:00.000000Z')")
    queue = DatabaseCustomerQueue(replicas[1])
    async with queue.in_order(42, 2):
        assert await ask(replicas[0], "SELECT update_id FROM waiting_updates") == [(2,)]
