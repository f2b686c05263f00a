"""Services that are down for minutes, by a clock that the tests move: the application as it is wired, no server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from app.settings import load_settings
from app.wiring.application import Application, built
from checkout import limits
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Status
from messages import callbacks
from sandbox.base.fake_server import Call, FaultMode, StandIn
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, Person
from tests.support.clock import MovedClock
from tests.support.databases import new_sqlite_database
from tests.support.payments import a_payment
from tests.support.project import CATALOG
from tests.support.shop import until

CUSTOMERS = (ANNA, BEN, MIRA)
# Each with what it is called in a test's name.
FAULTS = {
    "refused": (FaultMode.REFUSE, 502),
    "hanging": (FaultMode.HANG, 502),
    "reset": (FaultMode.RESET, 502),
    "reset in the body": (FaultMode.RESET_BODY, 502),
    "limited": (FaultMode.RATE_LIMITED, 502),
    "failing": (FaultMode.SERVER_ERROR, 502),
    "a page with 502": (FaultMode.HTML, 502),
    "a page with 200": (FaultMode.HTML, 200),
    "a page with 404": (FaultMode.HTML, 404),
}
RETRY_AFTER = 7
MOMENT = timedelta(seconds=0.1)
HANGING_UP = 0.1  # seconds


def address_of(person: Person) -> str:
    return f"customer{person.id}@example.org"


async def break_(service: StandIn, fault: str, retry_after: int = RETRY_AFTER) -> None:
    mode, status = FAULTS[fault]
    if mode is FaultMode.REFUSE:
        await service.take_down()
    else:
        service.faults.set(mode, retry_after=retry_after, html_status=status)


def hang_up_soon(patch: pytest.MonkeyPatch, service: StandIn) -> None:
    """On a service that hangs, and only as long: one that answers has the product's own time for it."""
    name = f"{service.service}_timeout"
    patient = getattr(limits, name)
    patch.setattr(limits, name, lambda: MOMENT if service.faults.mode is FaultMode.HANG else patient())


async def ended(calls: Sequence[Call]) -> None:
    """Returns once the stand-in has seen the end of all of them."""

    async def all_ended() -> bool:
        return all(call.ended_at for call in calls)

    await until(all_ended, "every request to end")


def most_at_once(calls: Sequence[Call]) -> int:
    """How many of these requests were open at the same time; all have ended.

    The stand-in hears a moment later that a caller has hung up: that moment is no overlap.
    """
    ends = [call.ended_at - min(HANGING_UP, (call.ended_at - call.at) / 2) for call in calls]
    changes = sorted([(call.at, 1) for call in calls] + [(end, -1) for end in ends])
    open_, most = 0, 0
    for _, change in changes:
        open_ += change
        most = max(most, open_)
    return most


class OutageHarness:
    """The application over the stand-ins; its outbox workers do a round whenever the clock has moved."""

    def __init__(self, sandbox: Sandbox, application: Application, clock: MovedClock) -> None:
        self.sandbox, self.application, self.clock = sandbox, application, clock
        self.telegram, self.stripe, self.resend = sandbox.telegram, sandbox.stripe, sandbox.resend
        self.asked_at: dict[StandIn, list[float]] = {one: [] for one in sandbox.stand_ins}
        self._start = clock.now()

    async def owe(self, customers: Sequence[Person] = CUSTOMERS, receipts: int = 2) -> None:
        """Every customer has so many paid payments, whose receipts go to the chat and by mail."""
        for chat in range(receipts):
            for position, person in enumerate(customers):
                await self.owe_one(person, chat * len(customers) + position + 1)

    async def owe_one(self, person: Person, number: int, sku: str = "course") -> None:
        now, payment_id = self.clock.now(), f"pay_{number}"
        payment = a_payment(
            payment_id=payment_id, pay_token=payment_id, payment_intent_id=f"pi_{number}", email=address_of(person),
            telegram_user_id=person.id, receipt_number=number, status=Status.PAID, paid_at=now, created_at=now,
            updated_at=now, expires_at=now, sku=sku,
        )  # fmt: skip
        wanted = ((Channel.MAIL, address_of(person)), (Channel.CHAT, str(person.id)))
        async with self.application.services.storage.begin() as tx:
            await tx.payments.add(payment)
            await tx.outbox.add(
                [
                    NewMessage(f"{channel}/paid/{payment_id}", channel, PaymentPaid(), to, payment_id, now)
                    for channel, to in wanted
                ]
            )

    async def round(self) -> None:
        """What is due now is tried; when each service was asked is noted by the moved clock, in seconds."""
        before = {one: len(one.calls) for one in self.asked_at}
        await asyncio.gather(*(outbox_worker.deliver_due() for outbox_worker in self.application.outbox.workers))
        seconds = (self.clock.now() - self._start).total_seconds()
        for service, times in self.asked_at.items():
            times += [seconds] * (len(service.calls) - before[service])

    async def pass_(self, minutes: float) -> None:
        """Second by second in the first half minute, when most happens; then every third."""
        passed, seconds = 0, int(minutes * 60)
        while passed < seconds:
            step = min(1 if passed < 30 else 3, seconds - passed)
            self.clock.forward(seconds=step)
            await self.round()
            passed += step

    async def try_now(self, message_id: int) -> None:
        """An admin presses the button beneath ``/outbox``."""
        message = {"chat": {"id": MIRA.id, "type": "private"}, "message_id": 3, "date": 0}
        query = {
            "id": "1",
            "from": {"id": MIRA.id, "is_bot": False, "first_name": MIRA.first_name},
            "message": message,
            "chat_instance": "1",
            "data": callbacks.OUTBOX_TRY.data(message_id),
        }
        await self.application.intake.handle({"update_id": 1, "callback_query": query})

    def mailed(self) -> list[list[str]]:
        """For each customer the payments whose receipts came by mail, in their order."""
        return [
            [mail.tags["payment_id"] for mail in self.resend.mails_to(address_of(person), "payment_paid")]
            for person in CUSTOMERS
        ]

    def told(self) -> list[list[str]]:
        """For each customer the receipts in the chat, in their order, without what names them in a language."""
        return [
            [one.document.filename.rpartition("-")[2] for one in self.telegram.chat(person) if one.document]
            for person in CUSTOMERS
        ]


MAILED = [["pay_1", "pay_4"], ["pay_2", "pay_5"], ["pay_3", "pay_6"]]
TOLD = [["000001.pdf", "000004.pdf"], ["000002.pdf", "000005.pdf"], ["000003.pdf", "000006.pdf"]]


@asynccontextmanager
async def outage_harness(**settings: str) -> AsyncIterator[OutageHarness]:
    clock = MovedClock()
    async with Sandbox() as sandbox:
        values = {**sandbox.settings(1), **settings}
        loaded = load_settings(values, sandbox.folder)
        await new_sqlite_database(sandbox.folder / "checkout.db")
        for person in CUSTOMERS:
            sandbox.telegram.meet(person)
        async with built(loaded, CATALOG, clock) as application:
            yield OutageHarness(sandbox, application, clock)


def said_of(service: str, caplog: pytest.LogCaptureFixture) -> tuple[int, int]:
    """How often the log says that the service is down, and that it is back."""
    lines = [record.getMessage() for record in caplog.records]
    return sum(f"{service} is down" in line for line in lines), lines.count(f"{service} is back")
