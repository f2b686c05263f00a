"""A burst leaves no faster than the services take it: measured where it arrives."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import pytest

from checkout.errors import ServiceRefused
from checkout.model.message_content import Dispute, PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from checkout.model.outgoing import OutgoingMail
from checkout.notifications.compose import Composer
from sandbox.base.fake_server import Call
from sandbox.fake_telegram.chats import ANNA, BEN, PEOPLE, Person
from tests.support.faults.outage import OutageHarness, break_, outage_harness
from tests.support.payments import a_payment
from tests.support.shop import until

CHATS = (*PEOPLE, Person(1003, "Vera"), Person(1004, "Jaan"))
MESSAGES, MAILS, CODES = 40, 10, 4
TELEGRAM_A_SECOND, RESEND_A_SECOND = 30, 5
# What leaves in even steps arrives in a bunch where this process, the stand-in in it, stood still on a busy machine.
MAILS_A_SECOND = 2
TOO_MANY, HOURS = 429, 7200


def most_in_a_second(times: Sequence[float]) -> int:
    """In any window of a second."""
    return max(sum(begin <= at < begin + 1 for at in times) for begin in times)


async def owe(shop: OutageHarness) -> None:
    now = shop.clock.now()
    chats = [
        NewMessage(f"chat/{n}", Channel.CHAT, Dispute(1900), str(CHATS[n % 5].id), "pay_1", now)
        for n in range(MESSAGES)
    ]
    mails = [
        NewMessage(f"mail/{n}", Channel.MAIL, PaymentPaid(), f"a{n}@example.org", "pay_1", now) for n in range(MAILS)
    ]
    for person in CHATS:
        shop.telegram.chats.people.setdefault(person.id, person)
        shop.telegram.meet(person)
    async with shop.application.services.storage.begin() as tx:
        await tx.payments.add(a_payment(receipt_number=1, paid_at=now, sku="course"))
        await tx.outbox.add([*chats, *mails])


async def code(shop: OutageHarness, number: int) -> None:
    mail = OutgoingMail(f"c{number}@example.org", "Your code", "<p>1</p>", "1", {"kind": "verification_code"})
    await shop.application.services.rate_limited_mail_sender.send(mail, f"checkout/code/{number}")


def by_chat(calls: Sequence[Call]) -> dict[str, list[float]]:
    found = defaultdict(list)
    for call in calls:
        found[str(call.body["chat_id"])].append(call.at)
    return found


async def test_a_burst_stays_below_every_limit_in_any_second() -> None:
    admins = ",".join(str(one.id) for one in CHATS)
    async with outage_harness(MAILS_PER_SECOND=str(MAILS_A_SECOND), ADMIN_IDS=admins) as shop:
        shop.resend.requests_per_second = RESEND_A_SECOND
        await owe(shop)
        outbox_workers = shop.application.outbox.workers
        running = [asyncio.create_task(outbox_worker.run()) for outbox_worker in outbox_workers]
        await asyncio.gather(*(code(shop, number) for number in range(CODES)))

        async def all_told() -> bool:
            return len(shop.telegram.calls) >= MESSAGES and len(shop.resend.calls) >= MAILS + CODES

        await until(all_told, "everything to be told", seconds=60)
        await asyncio.gather(*(outbox_worker.stop(2) for outbox_worker in outbox_workers), *running)
        sent = list(shop.telegram.calls)
        mailed = [call.at for call in shop.resend.calls]
    assert (len(sent), len(mailed)) == (MESSAGES, MAILS + CODES)
    assert {call.status for call in [*sent, *shop.resend.calls]} == {200}
    assert most_in_a_second([call.at for call in sent]) <= TELEGRAM_A_SECOND
    assert most_in_a_second(mailed) <= RESEND_A_SECOND
    chats = by_chat(sent)
    assert {chat: len(times) for chat, times in chats.items()} == {str(one.id): 8 for one in CHATS}
    assert all(most_in_a_second(times) == 1 for times in chats.values())


async def test_who_was_asked_to_wait_for_hours_waits_after_another_was_served() -> None:
    """Telegram's limits may be a chat's, and Stripe's of one kind of request; Resend's are of all mails."""

    def noted() -> list[str]:
        served = [call for call in shop.stripe.calls if call.method == "POST" and call.status != TOO_MANY]
        return [call.path.rpartition("/")[2] for call in served]

    async with outage_harness() as shop:
        for number, person in enumerate((ANNA, BEN), 1):
            await shop.owe_one(person, number)
            async with shop.application.services.storage.begin() as tx:
                await tx.outbox.add([Composer((), shop.clock.now()).stripe_note(f"pay_{number}", "receipt")])
            if person is ANNA:
                for service in (shop.telegram, shop.stripe):
                    await break_(service, "limited", retry_after=HOURS)
                await shop.round()
                for service in (shop.telegram, shop.stripe):
                    await service.bring_back()
                shop.clock.forward(minutes=20)
        with pytest.raises(ServiceRefused):
            await shop.application.services.history.look_up("pi_9")
        await shop.pass_(1)
        assert shop.told() == [[], ["000002.pdf"], []]
        assert noted() == ["pi_2"]
        shop.clock.forward(seconds=HOURS)
        await shop.pass_(0.1)
        assert shop.told() == [["000001.pdf"], ["000002.pdf"], []]
        assert noted() == ["pi_2", "pi_1"]
