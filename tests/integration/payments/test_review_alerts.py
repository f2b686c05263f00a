"""A review's alert in the admins' chats, once the review has ended: nobody presses its buttons in vain."""

from collections.abc import AsyncIterator

import pytest

from checkout.model.facts import Mismatch, Received
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.shop import Shop, running_shop, until


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """With two admins, of whom Anna reads Russian."""
    async with running_shop({"ADMIN_IDS": f"{MIRA.id},{ANNA.id}"}) as shop:
        for person in (MIRA, ANNA):
            await shop.ask(person, "/start")
        yield shop


def chooses(message: ChatMessage) -> bool:
    return any(data.startswith("review:") for data in message.callbacks)


def only(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


def about(alert: ChatMessage) -> str:
    """The id of its payment."""
    return only(alert, "desk:open:").removeprefix("desk:open:")


async def card_of(shop: Shop, alert: ChatMessage) -> ChatMessage:
    """What the admin is shown of the alert's payment; how the refund has ended is told between, or not."""
    said = shop.telegram.say(MIRA, f"/payment {about(alert)}")
    return await shop.telegram.wait_for(
        MIRA, lambda one: one.message_id > said.message_id and "something does not match" in one.text
    )


async def under_review(shop: Shop) -> tuple[str, ChatMessage, ChatMessage]:
    """The intent, and its alert with each admin."""
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.payment_intents[intent_id]["amount"] = 1500
    shop.stripe.pay(intent_id)
    return intent_id, await shop.telegram.wait_for(MIRA, chooses), await shop.telegram.wait_for(ANNA, chooses)


async def closed(shop: Shop, person: Person, alert: ChatMessage) -> ChatMessage:
    """The alert without the choice; its other buttons stay."""

    async def found() -> ChatMessage | None:
        (now,) = [one for one in shop.telegram.chat(person) if one.message_id == alert.message_id]
        return None if chooses(now) else now

    now = await until(found, "the alert to lose its buttons")
    assert now is not None
    assert any(data.startswith("desk:open:") for data in now.callbacks)
    return now


@pytest.mark.parametrize(
    ("button", "yes", "en", "ru"),
    [
        (
            "review:deliver:",
            "yes:deliver:",
            "✅ Decided: what was bought goes to the customer.",
            "✅ Решено: покупатель получает то, что купил.",
        ),
        (
            "review:refund:",
            "yes:refund_review:",
            "✅ Decided: the money goes back to the customer.",
            "✅ Решено: деньги возвращаются покупателю.",
        ),
    ],
)
async def test_once_it_is_decided_every_admins_alert_says_so(
    shop: Shop, button: str, yes: str, en: str, ru: str
) -> None:
    _, with_mira, with_anna = await under_review(shop)
    question = await shop.press(MIRA, with_mira, only(with_mira, button))
    shop.telegram.press(MIRA, question.message_id, only(question, yes))
    for person, alert, said in ((MIRA, with_mira, en), (ANNA, with_anna, ru)):
        now = await closed(shop, person, alert)
        assert said in now.text
        assert "buttons below" not in now.text
        heading = now.text.split("\n")[0]
        assert sum(heading in one.text for one in shop.telegram.chat(person)) == 1, "nobody is told anew"
    assert (await card_of(shop, with_mira)).text.count("something does not match") == 1


async def test_one_that_ends_without_a_decision_closes_its_alerts_by_itself(shop: Shop) -> None:
    intent_id, with_mira, with_anna = await under_review(shop)
    shop.stripe.refund(intent_id)
    for person, alert, said in (
        (MIRA, with_mira, "✅ Nobody has to decide any more: it has ended in Stripe."),
        (ANNA, with_anna, "✅ Решать больше нечего: проверка закончилась в Stripe."),
    ):
        now = await closed(shop, person, alert)
        assert said in now.text
        assert "buttons below" not in now.text
    assert (await card_of(shop, with_mira)).text.count("something does not match") == 1


async def test_a_button_that_comes_too_late_leaves_a_word(shop: Shop) -> None:
    intent_id, alert, _ = await under_review(shop)
    shop.stripe.refund(intent_id)
    await closed(shop, MIRA, alert)
    alert.keyboard.append([{"text": "?", "callback_data": f"review:deliver:{about(alert)}"}])
    shop.telegram.press(MIRA, alert.message_id, only(alert, "review:deliver:"))
    assert (await closed(shop, MIRA, alert)).text.endswith("This payment does not wait for a decision any more.")


async def test_an_admin_who_had_blocked_the_bot_hears_of_a_review_when_they_are_back(shop: Shop) -> None:
    shop.telegram.block(MIRA)
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.payment_intents[intent_id]["amount"] = 1500
    shop.stripe.pay(intent_id)
    alert = await shop.telegram.wait_for(ANNA, chooses)
    payment_id = about(alert)

    async def is_parked() -> bool:
        async with shop.services.storage.read() as tx:
            told = await tx.outbox.of_payment(payment_id)
        return any(one.recipient == str(MIRA.id) and one.state == "parked" for one in told)

    await until(is_parked, "the alert to be parked")
    shop.telegram.unblock(MIRA)
    shop.telegram.say(MIRA, "/start")
    assert (await shop.telegram.wait_for(MIRA, chooses)).callbacks == alert.callbacks


@pytest.mark.parametrize("choice", ["review:deliver:", "review:refund:"])
async def test_nobody_decides_about_money_that_came_in_after_they_were_asked(shop: Shop, choice: str) -> None:
    _, alert, _ = await under_review(shop)
    question = await shop.press(MIRA, alert, only(alert, choice))
    async with shop.services.storage.begin() as tx:
        payment = await tx.payments.get(about(alert))
        assert payment is not None
        facts = payment.facts.with_received("pi_other", Received(700, "eur", livemode=False, at=payment.created_at))
        facts = facts.with_mismatch("pi_other: amount 700", Mismatch("pi_other", 700))
        await tx.payments.update(payment.with_facts(facts, payment.updated_at))
    shop.telegram.press(MIRA, question.message_id, only(question, "yes:"))
    await shop.telegram.wait_for(MIRA, lambda one: "€15.00 + €7.00 now. Nothing was done" in one.text)
    async with shop.services.storage.read() as tx:
        now = await tx.payments.get(about(alert))
    assert now is not None
    assert (now.waits_for_a_decision, shop.stripe.refunds) == (True, {})
