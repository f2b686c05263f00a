"""One key, one mail: over the real SDK, against the stand-in that remembers keys as Resend does."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from checkout.errors import SenderRefused, ServiceUnavailable
from checkout.model.catalog import Catalog
from checkout.model.customer import Customer
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingMail
from checkout.model.verification import Hasher
from checkout.notifications.handover import HandOver
from checkout.notifications.mail_delivery import MailDelivery
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.purchase.verify_email import VerifyEmail
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Database
from db.storage import DatabaseStorage
from messages.renderer import MessageRenderer
from providers.email_addresses import normalised_email
from providers.resend_mail import ResendMailSender
from sandbox.base.fake_server import FaultMode
from sandbox.fake_resend.api import API_KEY, ResendStandIn
from sandbox.fake_resend.lists import new_domain
from sandbox.fake_resend.types import ResendError
from tests.integration.notifications.test_outbox_worker import queue_paid_mail, unsent
from tests.support.clock import MovedClock
from tests.support.databases import ask
from tests.support.fakes import FakeGateway
from tests.support.notifications import outbox_worker
from tests.support.project import CATALOG

OLD, NEW = "Shop <shop@sandbox.example>", "Night Market <hello@sandbox.example>"
UNVERIFIED = "Shop <shop@left.example>"
ANNA = "anna@example.com"


@pytest.fixture
async def resend() -> AsyncIterator[ResendStandIn]:
    stand_in = ResendStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


class Mailing:
    """The outbox's mails as a process sends them that was started with some MAIL_FROM."""

    def __init__(
        self, storage: DatabaseStorage, clock: MovedClock, resend: ResendStandIn, session: aiohttp.ClientSession
    ) -> None:
        self.storage, self.clock, self.resend, self.session = storage, clock, resend, session

    def worker(self, mail_from: str, catalog: Catalog = CATALOG) -> OutboxWorker:
        sender = ResendMailSender(API_KEY, mail_from, self.session, self.resend.url)
        renderer = MessageRenderer(catalog, "https://pay.example.com", mail_from)
        goods = HandOver(self.storage, self.clock, lambda: None, catalog)
        return outbox_worker(
            self.storage, self.clock, MailDelivery(self.storage, renderer, sender, FakeGateway(), goods)
        )

    async def deliver(self, mail_from: str, catalog: Catalog = CATALOG) -> None:
        self.clock.forward(seconds=61)
        await self.worker(mail_from, catalog).deliver_due()


@pytest.fixture
async def mailing(
    storage: DatabaseStorage, clock: MovedClock, resend: ResendStandIn, session: aiohttp.ClientSession
) -> Mailing:
    await queue_paid_mail(storage, clock)
    return Mailing(storage, clock, resend, session)


async def test_a_mail_keeps_its_sender_through_a_new_mail_from(mailing: Mailing) -> None:
    mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=1)  # it was taken, and nobody heard of it
    await mailing.deliver(OLD)
    await mailing.deliver(NEW)
    (mail,) = mailing.resend.mails_to(ANNA)
    assert mail.sender == OLD
    assert await unsent(mailing.storage, mailing.clock) == []


@pytest.mark.parametrize("is_heard", [True, False])
@pytest.mark.parametrize("tries", [1, 3])
async def test_a_mail_whose_sender_is_refused_leaves_once_from_the_one_that_was_mended(
    mailing: Mailing, tries: int, is_heard: bool
) -> None:
    for _ in range(tries):
        await mailing.deliver(UNVERIFIED)
    await mailing.deliver("Shop <shop@left-too.example>")  # not mended yet
    assert mailing.resend.mails_to(ANNA) == []
    if not is_heard:  # that the mail from the new one was taken
        mailing.resend.on_log = lambda _: mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=1)
    await mailing.deliver(NEW)
    mailing.resend.on_log = lambda _: None
    mailing.resend.faults.set(FaultMode.OK)
    assert len(await unsent(mailing.storage, mailing.clock)) == (not is_heard)
    await mailing.deliver(NEW)
    (mail,) = mailing.resend.mails_to(ANNA)
    assert mail.sender == NEW
    assert await unsent(mailing.storage, mailing.clock) == []


@pytest.mark.parametrize("then", [UNVERIFIED, "Café <hello@sandbox.example>"])
async def test_a_mail_that_left_from_a_mended_sender_unheard_leaves_from_no_third_one(
    mailing: Mailing, then: str
) -> None:
    await mailing.deliver(UNVERIFIED)
    mailing.resend.on_log = lambda _: mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=1)
    await mailing.deliver(NEW)
    mailing.resend.on_log = lambda _: None
    mailing.resend.faults.set(FaultMode.OK)
    if then == UNVERIFIED:  # not any more
        mailing.resend.domains["left"] = new_domain("left.example", "verified", "us-east-1")
    await mailing.deliver(then)
    (mail,) = mailing.resend.mails_to(ANNA)
    assert mail.sender == NEW
    assert await unsent(mailing.storage, mailing.clock) == []


@pytest.mark.parametrize("name", ["invalid_api_key", "validation_error"])
async def test_a_wrong_key_gives_a_mail_no_other_sender(
    mailing: Mailing, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=1)  # it was taken, and nobody heard of it
    await mailing.deliver(OLD)
    with monkeypatch.context() as patched:

        def refuse(_: object) -> None:
            raise ResendError(403, name, "API key is invalid")

        patched.setattr(mailing.resend, "_authorize", refuse)
        await mailing.deliver(NEW)
    await mailing.deliver(NEW)
    (mail,) = mailing.resend.mails_to(ANNA)
    assert mail.sender == OLD
    assert await unsent(mailing.storage, mailing.clock) == []


async def test_a_sender_that_is_refused_is_neither_the_end_of_an_outage_nor_one(mailing: Mailing) -> None:
    health = ServiceHealth("Resend", mailing.clock)
    mail_from, url = "Shop <shop@left-too.example>", mailing.resend.url
    sender = ResendMailSender(API_KEY, mail_from, mailing.session, url, breaker=CircuitBreaker(health))
    mail = OutgoingMail(ANNA, "Receipt", "<p>1</p>", "1", {})
    with pytest.raises(SenderRefused):
        await sender.send(replace(mail, sender=UNVERIFIED), "old")
    assert not health.is_down
    began = mailing.clock.now()
    for name in ("present", "again"):
        with pytest.raises(ServiceUnavailable):
            await sender.send(mail, name)
        mailing.clock.forward(minutes=1)
        with pytest.raises(SenderRefused):
            await sender.send(replace(mail, sender=UNVERIFIED), "old")
        assert (health.is_down, health.since) == (True, began)


async def test_a_key_that_another_mail_had_and_a_sender_that_is_refused_keep_no_mail_back(mailing: Mailing) -> None:
    await mailing.deliver(UNVERIFIED)
    sender = ResendMailSender(API_KEY, OLD, mailing.session, mailing.resend.url)
    await sender.send(OutgoingMail(ANNA, "Another receipt", "<p>2</p>", "2", {}), "checkout/mail/p")
    await mailing.deliver(NEW)
    (mail,) = mailing.resend.mails_to(ANNA, Kind.PAYMENT_PAID)
    assert mail.sender == NEW


def reached_at(support: str) -> Catalog:
    return replace(CATALOG, shop=replace(CATALOG.shop, support=support))


@pytest.mark.parametrize(
    ("first", "then", "asked"),
    [
        ("help@example.com", "help@example.com", ["help@example.com"]),
        ("help@example.com", "other@example.com", ["help@example.com"]),
        ("help@example.com", "@nightmarket_help", ["help@example.com"]),
        ("@nightmarket_help", "help@example.com", []),
    ],
)
async def test_answers_go_where_the_support_was_when_the_mail_was_first_tried(
    mailing: Mailing, first: str, then: str, asked: list[str]
) -> None:
    mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=1)
    await mailing.deliver(OLD, reached_at(first))
    await mailing.deliver(OLD, reached_at(then))
    (mail,) = mailing.resend.mails_to(ANNA)
    assert mail.reply_to == asked
    assert await unsent(mailing.storage, mailing.clock) == []


async def test_a_mail_of_an_older_release_leaves_from_the_present_sender(mailing: Mailing) -> None:
    attachments = [["a.txt", "YQ==", "text/plain"]]
    stored = json.dumps([ANNA, "Receipt", "<p>1</p>", "1", {"kind": "payment_paid"}, attachments]).encode()
    async with mailing.storage.begin() as tx:
        await tx.outbox.store_rendered(1, stored)
    await mailing.deliver(NEW)
    (mail,) = mailing.resend.mails_to(ANNA)
    assert (mail.sender, [one.content for one in mail.attachments]) == (NEW, [b"a"])


async def test_a_key_that_carried_another_mail_is_no_proof_that_this_one_left(mailing: Mailing) -> None:
    sender = ResendMailSender(API_KEY, OLD, mailing.session, mailing.resend.url)
    await sender.send(OutgoingMail(ANNA, "Another receipt", "<p>2</p>", "2", {}), "checkout/mail/p")
    await mailing.deliver(OLD)
    assert mailing.resend.mails_to(ANNA)[0].subject == "Another receipt"
    assert len(mailing.resend.mails_to(ANNA, Kind.PAYMENT_PAID)) == 1
    assert await unsent(mailing.storage, mailing.clock) == []


async def test_however_often_it_is_tried_under_its_own_key_it_arrives_once(mailing: Mailing) -> None:
    sender = ResendMailSender(API_KEY, OLD, mailing.session, mailing.resend.url)
    await sender.send(OutgoingMail(ANNA, "Another receipt", "<p>2</p>", "2", {}), "checkout/mail/p")
    mailing.resend.faults.set(FaultMode.RESET_BODY, remaining=3)
    for _ in range(5):
        await mailing.deliver(OLD)
    assert len(mailing.resend.mails_to(ANNA, Kind.PAYMENT_PAID)) == 1
    assert await unsent(mailing.storage, mailing.clock) == []


async def test_where_every_key_is_refused_the_chat_hears_of_it(
    mailing: Mailing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = ResendMailSender(API_KEY, OLD, mailing.session, mailing.resend.url)
    await sender.send(OutgoingMail(ANNA, "Another receipt", "<p>2</p>", "2", {}), "taken")
    for name in ("idempotency", "idempotency_of_bytes"):
        monkeypatch.setattr(f"checkout.model.keys.{name}", lambda *_: "taken")
    await mailing.deliver(OLD)
    assert await ask(database, "SELECT channel, kind, state FROM outbox ORDER BY message_id") == [
        (Channel.MAIL, Kind.PAYMENT_PAID, "parked"),
        (Channel.CHAT, Kind.MAIL_UNDELIVERED, "waiting"),
    ]


async def test_a_code_that_is_asked_for_once_more_leaves_from_a_new_sender_too(
    storage: DatabaseStorage, clock: MovedClock, resend: ResendStandIn, session: aiohttp.ClientSession
) -> None:
    for mail_from, fault in ((OLD, FaultMode.RESET_BODY), (NEW, FaultMode.OK), (NEW, FaultMode.OK)):
        sender = ResendMailSender(API_KEY, mail_from, session, resend.url)
        renderer = MessageRenderer(CATALOG, "https://pay.example.com", mail_from)
        verify = VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), renderer, sender)
        resend.faults.set(fault, remaining=1)
        try:
            await verify.request_code(Customer(7, "en"), ANNA, request_id=77)
        except ServiceUnavailable:
            assert mail_from == OLD
        clock.forward(seconds=61)
    assert [mail.sender for mail in resend.mails_to(ANNA)][-1] == NEW
