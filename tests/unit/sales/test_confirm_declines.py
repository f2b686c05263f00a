"""Stripe is asked before a customer is told of a decline, and of nothing else; while it is silent the mail waits."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from checkout.errors import OwnTrouble, ServiceError, ServiceRefused, ServiceUnavailable
from checkout.model.events import ProviderEvent
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import MailUndelivered, PaymentFailed, PaymentPaid, PayMessage, StoredContent
from checkout.model.outbox import Channel, OutboxMessage
from checkout.notifications.delivery import Sent
from checkout.notifications.send_slot import SendSlot
from checkout.payments.confirm_declines import ConfirmDeclines
from checkout.ports.providers import PaymentHistory
from tests.support.clock import NOON
from tests.support.event_samples import failed, intent
from tests.support.payments import a_payment

DECLINE = PaymentFailed("expired_card", "ch_1")
DOWN, REFUSED = ServiceUnavailable("down"), ServiceRefused("no such intent")


class World(PaymentHistory):
    """Stripe, who records, and who sends, in the order in which they are used."""

    def events(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        raise NotImplementedError

    objects = events

    def __init__(self, answer: Sequence[ProviderEvent] | ServiceError = ()) -> None:
        self.answer = answer
        self.done: list[str] = []

    async def look_up(self, intent_id: str) -> Sequence[ProviderEvent]:
        self.done.append(f"asked of {intent_id}")
        if isinstance(self.answer, ServiceError):
            raise self.answer
        return self.answer

    async def record(self, event: ProviderEvent) -> bool:
        self.done.append(event.event_id)
        return True

    async def send(self, message: OutboxMessage, _: object, __: object) -> Sent:
        self.done.append("sent as read" if message.payment else "sent as it is now")
        return Sent("")


async def sent(
    world: World, content: StoredContent, channel: Channel = Channel.MAIL, failing_for: timedelta | None = None
) -> list[str]:
    since = None if failing_for is None else NOON - failing_for
    message = OutboxMessage(1, "key", channel, content, "1", "pay_1", 1, NOON, None, since, payment=a_payment())
    slot = SendSlot.__new__(SendSlot)
    await ConfirmDeclines(world, world, world).send(message, NOON, slot)
    return world.done


@pytest.mark.parametrize("content", [DECLINE, MailUndelivered(DECLINE, "b…@x.org", MailDeath("bounced"))])
@pytest.mark.parametrize("channel", [Channel.MAIL, Channel.CHAT])
async def test_what_stripe_says_is_recorded_before_it_leaves(content: StoredContent, channel: Channel) -> None:
    world = World([intent("succeeded"), failed("ch_2")])
    assert await sent(world, content, channel) == ["asked of pi_1", "evt_payment_intent.succeeded", "sent as it is now"]


@pytest.mark.parametrize(
    "content", [PaymentPaid(), PayMessage(), MailUndelivered(PaymentPaid(), "b…@x.org", MailDeath("bounced"))]
)
async def test_nothing_else_asks_stripe(content: StoredContent) -> None:
    assert await sent(World(DOWN), content, Channel.CHAT) == ["sent as read"]


@pytest.mark.parametrize(
    ("answer", "channel", "failing_for"),
    [
        (REFUSED, Channel.MAIL, None),
        (DOWN, Channel.CHAT, None),
        (DOWN, Channel.MAIL, timedelta(hours=1)),
    ],
)
async def test_it_leaves_without_stripes_word(
    answer: ServiceError, channel: Channel, failing_for: timedelta | None
) -> None:
    assert await sent(World(answer), DECLINE, channel, failing_for) == ["asked of pi_1", "sent as it is now"]


@pytest.mark.parametrize("failing_for", [None, timedelta(minutes=59)])
async def test_a_mail_waits_while_stripe_is_down_and_is_nobody_elses_trouble(failing_for: timedelta | None) -> None:
    world = World(DOWN)
    with pytest.raises(OwnTrouble):
        await sent(world, DECLINE, failing_for=failing_for)
    assert world.done == ["asked of pi_1"]
