"""What was paid twice: of a second payment that is heard of only after its refund each thing is said once, in words of
its own; and what Stripe takes is asked of both."""

import pytest

from checkout.model.daily_totals import DAYS_IN_UTC
from checkout.model.intent_facts import Settlement
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, OutboxMessage
from checkout.notifications.send_slot import Keep, SendSlot
from checkout.payments.tell_stripe import StripeDelivery
from db.engine.connection import Database
from messages.renderer import MessageRenderer
from providers.fields import Fields
from providers.stripe_events import parse_event
from providers.stripe_gateway import StripeGateway
from tests.support.databases import by_turns
from tests.support.project import CATALOG, PUBLIC_URL
from tests.support.reconciled import Reconciled, reconciled

BY_NOW = "In all, refunds of €5.00 out of €19.00"
WHOLE = "a refund of the whole payment: €19.00"
SECOND, OF_SECOND = "a refund of the second payment was issued: €19.00", "a refund of €5.00 of the second payment"
BESIDE = "beside the second payment, refunds of €19.00 out of €19.00"
# What is refunded, and what is said of it late, and at once.
REFUNDS = {
    "of one": (["first"], 1900, [SECOND], [WHOLE, SECOND]),
    "of a part of one": (["first"], 500, [OF_SECOND], [BY_NOW, OF_SECOND]),
    "of both": (["first", "second"], 1900, [SECOND, BESIDE], [WHOLE, SECOND, BESIDE]),
}


@pytest.mark.parametrize(
    ("database_url", "which", "channel", "is_told_before"),
    by_turns(list(REFUNDS), [Channel.MAIL, Channel.CHAT], [False, True]),
    indirect=["database_url"],
)
async def test_what_has_not_left_is_not_said_beside_its_correction(
    database: Database, which: str, channel: Channel, is_told_before: bool
) -> None:
    refunded, amount, late, at_once = REFUNDS[which]
    async with reconciled(database) as (shop, session):
        intents = {name: shop.sell("pay_1") for name in ("first", "second")}
        for intent_id in intents.values():
            shop.stripe.pay(intent_id)
        await hear(shop, "payment_intent.succeeded", intents["first"])
        for name in refunded:
            shop.stripe.refund(intents[name], amount)
            await hear(shop, "refund.created", intents[name])
        said = await refunds_said(shop, channel) if is_told_before else []
        await shop.reconcile(session).run_once()
        said += await refunds_said(shop, channel)
    words = at_once if is_told_before else late
    assert len(said) == len(words)
    assert all(part in text for part, text in zip(words, said, strict=True))


async def hear(shop: Reconciled, event_type: str, intent_id: str) -> None:
    """Of all webhooks this one arrives."""
    objects = [(event, event["data"]["object"]) for event in shop.stripe.events if event["type"] == event_type]
    (heard,) = [event for event, what in objects if intent_id in (what["id"], what.get("payment_intent"))]
    await shop.writer.record(parse_event(Fields(heard)))


async def refunds_said(shop: Reconciled, channel: Channel) -> list[str]:
    """What leaves by the channel now about refunds, in its order."""
    said: list[str] = []
    while True:
        async with shop.storage.begin() as tx:
            messages = await tx.outbox.claim(channel, "w", shop.clock.now(), 10)
            for message in messages:
                await tx.outbox.mark_sent(message, shop.clock.now(), "7")
        if not messages:
            return said
        said += [await _words(shop, one) for one in messages if one.kind == Kind.PAYMENT_REFUNDED]


async def _words(shop: Reconciled, message: OutboxMessage) -> str:
    renderer, payment = MessageRenderer(CATALOG, PUBLIC_URL), await shop.payment("pay_1")
    if message.channel is Channel.MAIL:
        text = renderer.mail(message, payment, "en").text
    else:
        text = renderer.chat(message, payment, "en", shop.clock.now()).text
    return " ".join(text.replace("\u00a0", " ").split())


async def test_what_stripe_takes_of_the_second_is_asked_for_too(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intents = [shop.sell("pay_1") for _ in range(2)]
        for intent_id in intents:
            shop.stripe.pay(intent_id)
            await hear(shop, "payment_intent.succeeded", intent_id)
        assert (await shop.payment("pay_1")).facts.settlements == ()
        shop.clock.forward(minutes=1)
        gateway = StripeGateway(shop.stripe.secret_key, session, shop.stripe.url)
        delivery = StripeDelivery(shop.storage, gateway, shop_id="x", livemode=False, day_of=DAYS_IN_UTC)
        async with shop.storage.begin() as tx:
            (message,) = await tx.outbox.claim(Channel.STRIPE, "w", shop.clock.now(), 10)
        await delivery.send(message, shop.clock.now(), AtOnce())
        assert (await shop.payment("pay_1")).facts.settlements == (Settlement(2 * 53, 2 * 1847, "eur"),)
        noted = [shop.stripe.payment_intents[one]["metadata"] for one in intents]
        assert not any("receipt" in one for one in noted), "its customer has not been told yet"


class AtOnce(SendSlot):
    def __init__(self) -> None:
        pass

    async def wait(self, keep: Keep | None = None) -> None:
        pass
