"""/payment in the chat: everything about one payment, and what can be done with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.activity import ActivityEntry, Step
from checkout.model.audit import Action
from checkout.model.customer import Customer
from checkout.model.facts import Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import INQUIRY_OPEN, Attempt, DisputeFact, Failure, IntentFacts
from checkout.model.payment import Fulfilment, Payment, Status
from sandbox.fake_telegram.chats import MIRA
from tests.support.admin_payments import HOSTILE, made, one_answer, paid
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import delivered_for, keep

ODD = {"pi_x: amount 5": Mismatch("pi_x", 5)}
CAME = {"pi_x": Received(5, "eur", False, NOON)}


def given_back(payment: Payment, amount: int) -> Payment:
    return payment.with_facts(payment.facts.with_refund("re", RefundFact(amount, "succeeded")), NOON)


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id,)


async def test_everything_about_a_payment_is_on_its_card(shop: BotShop) -> None:
    refunds = {
        "re_1": RefundFact(500, "succeeded"),
        "re_2": RefundFact(100, "pending"),
        "re_3": RefundFact(7, "failed"),
    }
    payment = paid(1)
    await keep(shop.storage, payment.with_facts(replace(payment.facts, refunds=refunds), NOON))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", "Anna", "anna_s"), NOON)

    card = await one_answer(shop, f"/payment {payment.payment_id}")

    about, timeline = card.text.split("\n\nWhat happened\n")
    assert about.split("\n") == [
        "↩️ Partly refunded · €19.00",
        "City guide",
        "🧪 Test mode: no real money",
        "",
        "👤 Anna @anna_s · 42",
        "✉️ anna@example.com",
        "💳 Visa •••• 4242",
        "🧾 Receipt No. 000001",
        "↩️ Given back: €5.00; left: €14.00",
        "↩️ On its way back: €1.00",
        "⚠️ Could not be given back: €0.07",
        payment.payment_id,
        payment.payment_intent_id,
    ]
    assert timeline == "today\n14:00 🛒 Payment begun"
    assert card.callbacks == [
        f"desk:resend:{payment.payment_id}",
        f"desk:refund:{payment.payment_id}",
        f"desk:refresh:{payment.payment_id}",
        "desk:as:id:42",
    ]
    assert card.urls == [f"https://dashboard.stripe.com/test/payments/{payment.payment_intent_id}"]


async def test_stripes_id_and_its_dashboards_address_open_the_same_payment(shop: BotShop) -> None:
    payment = paid(1)
    await keep(shop.storage, payment)
    ours = await one_answer(shop, f"/payment {payment.payment_id}")

    for typed in (payment.payment_intent_id, f"https://dashboard.stripe.com/test/payments/{payment.payment_intent_id}"):
        assert (await one_answer(shop, f"/payment {typed}")).text == ours.text
    assert (await one_answer(shop, f"/find {payment.payment_id}")).text == ours.text


@pytest.mark.parametrize(
    ("payment", "said", "buttons"),
    [
        (
            made(1, status=Status.PROCESSING, telegram_user_id=0, email=""),
            "🏦 The bank is working on it · €19.00\nCity guide\n🧪 Test mode: no real money\n\npay_",
            [],
        ),
        (made(1), "⏳ The pay link works until tomorrow 14:00", []),
        (made(1, expires_at=NOON), "⌛ Not paid, the link has expired · €19.00", []),
        (made(1, status=Status.PROCESSING), "🏦 The bank is working on it", []),
        (
            made(1, status=Status.FAILED, failure_code="insufficient_funds"),
            "❌ The customer was told: “There is not enough money on the card.",
            [],
        ),
        (
            paid(1).with_facts(
                replace(
                    paid(1).facts,
                    disputes={"dp": DisputeFact("needs_response", 1900, NOON + timedelta(days=7))},
                ),
                NOON,
            ),
            "⚖️ Disputed: €19.00. Answer in Stripe by 29 Nov 14:00",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact("lost", 1900)}), NOON),
            "⚖️ Disputed: €19.00. It was decided for the customer.",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact(INQUIRY_OPEN[0], 1900, NOON)}), NOON),
            "⚖️ The customer's bank asks about €19.00. The time to answer ended today 14:00.",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact("under_review", 1900, NOON)}), NOON),
            "⚖️ Disputed: €19.00. Your answer is with the bank.",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact("won", 1900)}), NOON),
            "⚖️ Disputed: €19.00. It was decided for you.",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, refunds={"re": RefundFact(1900, "succeeded")}), NOON),
            "↩️ Given back: €19.00; left: €0.00",
            ["desk:resend"],
        ),
        (
            given_back(
                paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact("lost", 1000)}), NOON), 500
            ),
            "↩️ Given back: €5.00; left: €4.00",
            ["desk:resend", "desk:refund"],
        ),
        (
            paid(1).with_facts(replace(paid(1).facts, disputes={"dp": DisputeFact("lost", 2100, None, "usd")}), NOON),
            "⚖️ Disputed: $21.00. It was decided for the customer.",
            ["desk:resend", "desk:refund"],
        ),
        (delivered_for(made(1), 2100, "usd"), "Paid · $21.00", ["desk:resend", "desk:refund"]),
        (
            given_back(delivered_for(made(1), 2100, "usd"), 500),
            "↩️ Given back: $5.00; left: $16.00",
            ["desk:resend", "desk:refund"],
        ),
        (
            made(1).with_facts(PaymentFacts(mismatches=ODD), NOON),
            "€0.05 instead of €19.00\nNo money has come in for it so far. Cancel it in Stripe",
            [],
        ),
        (
            made(1).with_facts(
                PaymentFacts(
                    mismatches=ODD,
                    received=CAME,
                ),
                NOON,
            ),
            "🔎 Waits for your decision",
            ["review:deliver", "review:refund"],
        ),
        (
            made(1).with_facts(
                PaymentFacts(
                    refunds={"re": RefundFact(5, "succeeded", "", "pi_x")},
                    mismatches=ODD,
                    received=CAME,
                ),
                NOON,
            ),
            "↩️ Given back · €0.05",
            [],
        ),
    ],
)
async def test_the_card_says_how_it_stands_and_offers_what_makes_sense(
    shop: BotShop, payment: Payment, said: str, buttons: list[str]
) -> None:
    await keep(shop.storage, payment)

    card = await one_answer(shop, f"/payment {payment.payment_id}")

    assert said in card.text
    offered = [data.rpartition(":")[0] for data in card.callbacks]
    assert [one for one in offered if one not in ("desk:refresh", "desk:as:id")] == buttons


async def test_refresh_shows_in_place_what_is_true_now(shop: BotShop) -> None:
    payment = made(1)
    await keep(shop.storage, payment)
    card = await one_answer(shop, f"/payment {payment.payment_id}")
    async with shop.storage.begin() as tx:
        await tx.payments.update(paid(1))

    (fresh,) = await shop.press(MIRA, card, f"desk:refresh:{payment.payment_id}")

    assert fresh.message_id == card.message_id
    assert fresh.text.startswith("✅ Paid")


@pytest.mark.parametrize("typed", ["pay_nope", "pi_nope", "42", "№ 42", "pay_1 pay_2"])
async def test_an_id_that_no_payment_has_is_answered_with_where_to_find_one(shop: BotShop, typed: str) -> None:
    answer = await one_answer(shop, f"/payment {typed}")

    assert answer.text.startswith("There is no payment “")
    assert "/find looks for a customer" in answer.text


async def test_names_titles_and_errors_bring_no_markup_of_their_own(shop: BotShop) -> None:
    failure = Failure(NOON, "evt_1", Attempt("ch_1"), HOSTILE, HOSTILE)
    hostile = made(1, title=HOSTILE, email=HOSTILE, status=Status.FAILED, failure_code=HOSTILE)
    facts = PaymentFacts(
        intents={f"pi_{1:024}": IntentFacts(failures={"ch_1": failure})}, mismatches={HOSTILE: Mismatch(HOSTILE)}
    )
    await keep(shop.storage, replace(hostile, facts=facts))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", HOSTILE, "anna_s"), NOON)
        await tx.activity.note(ActivityEntry(42, Step.CODE_SENT, NOON, HOSTILE))

    card = await one_answer(shop, "/payment pay_000000000001")
    listed = await one_answer(shop, "/payments")
    found = await one_answer(shop, "/find 42")

    assert card.text.count("<b>Bobby</b>") >= 5
    assert f"👤 {HOSTILE} @anna_s · 42" in card.text
    assert "<b>Bobby</b>" in listed.text
    assert f"Payments of {HOSTILE} @anna_s · 42" in found.text


async def test_done_by_mistake_is_put_right_until_the_money_is_given_back(shop: BotShop) -> None:
    payment = replace(paid(1), fulfilment=Fulfilment.TO_DO)
    await keep(shop.storage, payment)
    card = await one_answer(shop, f"/payment {payment.payment_id}")
    done, undone = f"todo:done:{payment.payment_id}", f"todo:undone:{payment.payment_id}"
    for fulfilment, pressed, words, offered in (
        (Fulfilment.DONE, done, "✅ Done: noted as handed over.", undone),
        (Fulfilment.TO_DO, undone, "↩️ Not done yet: it waits in /todo again.", done),
        (Fulfilment.TO_DO, undone, "↩️ Not done yet: it waits in /todo again.", done),  # a double tap
        (Fulfilment.DONE, done, "✅ Done: noted as handed over.", undone),
    ):
        if pressed not in card.callbacks:
            card.keyboard.append([{"text": "?", "callback_data": pressed}])
        await shop.press(MIRA, card, pressed)
        assert card.text.endswith(words) and card.callbacks[0] == offered
        assert await kept_as(shop, payment) is fulfilment
    for ended, pressed, words in (
        (lambda now: given_back(now, 1900), undone, "The money was given back: there is nothing left to do."),
        (lambda now: replace(now, status=Status.PAID, fulfilment=Fulfilment.DELIVERED), done, "It has been sent mean"),
    ):
        async with shop.storage.begin() as tx:
            now = await tx.payments.get(payment.payment_id)
            assert now is not None
            kept = ended(now)
            await tx.payments.update(kept)
        card.keyboard.append([{"text": "?", "callback_data": pressed}])
        await shop.press(MIRA, card, pressed)
        assert words in card.text.rsplit("\n", 1)[-1]
        assert await kept_as(shop, payment) is kept.fulfilment
    async with shop.storage.read() as tx:
        actions = [entry.action for entry in await tx.audit.newest(None, 100)]
    assert actions == [Action.HANDED_OVER, Action.NOT_HANDED_OVER, Action.HANDED_OVER]


async def kept_as(shop: BotShop, payment: Payment) -> Fulfilment | None:
    async with shop.storage.read() as tx:
        now = await tx.payments.get(payment.payment_id)
    assert now is not None
    return now.fulfilment


@pytest.mark.parametrize("status", ["needs_response", INQUIRY_OPEN[0]])
async def test_whoever_decides_about_disputed_money_under_review_is_warned(shop: BotShop, status: str) -> None:
    came = PaymentFacts(mismatches=ODD, received=CAME)
    disputed = came.with_dispute("dp", DisputeFact(status, 5, NOON, "eur", NOON, "pi_x"))
    await keep(shop.storage, made(1).with_facts(disputed, NOON))
    card = await one_answer(shop, "/payment pay_000000000001")
    for button, words in (("deliver", "what you deliver may stay unpaid"), ("refund", "The customer's bank")):
        (question,) = await shop.press(MIRA, card, f"review:{button}:pay_000000000001")
        assert words in question.text
