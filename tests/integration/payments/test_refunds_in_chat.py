"""Refunds from the chat through the whole application, against Stripe's stand-in."""

from collections.abc import AsyncIterator

import pytest

from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.shop import Shop, running_shop, until


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop({"ADMIN_IDS": f"{MIRA.id},{ANNA.id}"}) as running:
        await running.ask(MIRA, "/start")
        await running.ask(ANNA, "/start")
        yield running


async def paid(shop: Shop, card: str = "4242424242424242") -> tuple[str, str, str]:
    """Ben's paid payment: its token, PaymentIntent and payment_id."""
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, card)
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    return token, intent_id, str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])


def pressing(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


async def told(shop: Shop, person: Person, words: str) -> ChatMessage:
    return await shop.telegram.wait_for(person, lambda one: words in one.text.replace("\xa0", " "))


async def asked(shop: Shop, command: str, admin: Person = MIRA) -> ChatMessage:
    """The question that follows a command; alerts come in between."""
    said = shop.telegram.say(admin, command)
    return await shop.telegram.wait_for(admin, lambda one: one.message_id > said.message_id and _is_question(one))


def _is_question(message: ChatMessage) -> bool:
    return any(data.startswith("yes:refund:") for data in message.callbacks)


async def refund(shop: Shop, command: str, admin: Person = MIRA) -> None:
    """Asks for a refund and says yes."""
    question = await asked(shop, command, admin)
    shop.telegram.press(admin, question.message_id, pressing(question, "yes:refund:"))


async def test_parts_are_refunded_and_everybody_hears_once_stripe_says_so(shop: Shop) -> None:
    token, intent_id, payment_id = await paid(shop)
    await refund(shop, f"/refund {payment_id} 5")
    await shop.until_status(token, "partially_refunded")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
    assert "5.00" in mail.text
    await told(shop, BEN, "€5.00")
    done = await told(shop, MIRA, "The refund is done")
    assert "Given back: €5.00" in done.text
    await refund(shop, f"/refund {intent_id} 5")

    async def both_done() -> bool:
        return sum("The refund is done" in one.text for one in shop.telegram.chat(MIRA)) == 2

    await until(both_done, "the second refund to be done")
    await refund(shop, f"/refund {payment_id}")
    await shop.until_status(token, "refunded")
    assert [one["amount"] for one in shop.stripe.refunds.values()] == [500, 500, 900]
    assert not [one for one in shop.telegram.chat(ANNA) if "The refund is done" in one.text], "only who asked is told"
    shop.telegram.say(MIRA, f"/refund {payment_id}")
    await told(shop, MIRA, "given back already")


@pytest.mark.parametrize("what", ["a part in the dashboard", "a dispute", "a lost dispute"])
async def test_what_stripe_has_given_back_unheard_is_told_in_words_and_stands_so_in_the_audit(
    shop: Shop, what: str
) -> None:
    _, intent_id, payment_id = await paid(shop)
    shop.stripe.switches.delivery = Delivery.NONE
    if "dashboard" in what:
        shop.stripe.refund(intent_id, 500)
        refused, kept = "Столько уже не осталось", "столько уже не осталось"
    else:
        dispute = shop.stripe.dispute(intent_id)
        refused, kept = "Пока спор открыт, ответьте на него", "банк покупателя уже забрал эти деньги"
        if "lost" in what:
            shop.stripe.close_dispute(dispute["id"], won=False)
    await refund(shop, f"/refund {payment_id}", ANNA)
    answer = await told(shop, ANNA, "Stripe отказал в возврате; деньги не возвращались.")
    assert refused in answer.text
    assert "request req_" not in answer.text
    audit = (await shop.ask(ANNA, "/audit")).text.replace("\xa0", " ")
    assert f"Stripe отказал в возврате 19,00 €: {kept}" in audit
    card = (await shop.ask(ANNA, f"/payment {payment_id}")).text
    assert kept in card


async def test_a_refund_that_takes_days_is_done_only_then(shop: Shop) -> None:
    token, _, payment_id = await paid(shop, "4000000000007726")
    await refund(shop, f"/refund {payment_id}")
    await told(shop, MIRA, "is requested")
    assert (await shop.status(token))["status"] == "paid"
    await told(shop, MIRA, "The refund is done")
    await shop.until_status(token, "refunded")


async def test_a_refund_in_stripes_dashboard_is_recorded_and_told_just_the_same(shop: Shop) -> None:
    token, intent_id, payment_id = await paid(shop)
    shop.stripe.refund(intent_id, 700)
    await shop.until_status(token, "partially_refunded")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
    assert "7.00" in mail.text
    question = await asked(shop, f"/refund {payment_id}")
    assert "Refunded so far: €7.00" in question.text.replace("\xa0", " ")
    shop.stripe.refund(intent_id)
    await shop.until_status(token, "refunded")
    shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:refund:"))
    await told(shop, MIRA, "given back already")
    assert len(shop.stripe.refunds) == 2


async def test_two_admins_pressing_at_once_give_back_no_more_than_is_left(shop: Shop) -> None:
    _, _, payment_id = await paid(shop)
    hers = await asked(shop, f"/refund {payment_id} 12")
    others = await asked(shop, f"/refund {payment_id} 12", ANNA)
    shop.telegram.press(MIRA, hers.message_id, pressing(hers, "yes:refund:"))
    shop.telegram.press(ANNA, others.message_id, pressing(others, "yes:refund:"))

    async def both_answered() -> bool:
        return not hers.callbacks and not others.callbacks

    await until(both_answered, "both to be answered")
    assert [one["amount"] for one in shop.stripe.refunds.values()] == [1200]
    said = hers.text + others.text
    assert "is requested" in said or "запрошен" in said, said
    assert "you were asked: €7.00 now" in said or "теперь 7,00" in said.replace("\xa0", " "), said


async def test_an_answer_of_stripes_that_was_lost_leads_to_one_refund(shop: Shop) -> None:
    token, _, payment_id = await paid(shop)
    question = await asked(shop, f"/refund {payment_id} 5")
    shop.stripe.faults.set(FaultMode.RESET_BODY, path_contains="/v1/refunds")
    pressed = shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:refund:"))
    await told(shop, MIRA, "not known yet")
    await shop.until_status(token, "partially_refunded")
    shop.stripe.faults.set(FaultMode.OK)

    async def requested() -> bool:
        """Presses on, as an admin would: Stripe is left in peace for a moment after it failed."""
        nonlocal pressed
        if question.callbacks and shop.telegram.callback_answers[pressed] is not None:
            pressed = shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:refund:"))
        return "is requested" in question.text

    await until(requested, "the button to do it again", pause=0.2)
    assert [one["amount"] for one in shop.stripe.refunds.values()] == [500]
    assert (await shop.status(token))["status"] == "partially_refunded"


async def test_a_warning_of_fraud_offers_refund_and_keep(shop: Shop) -> None:
    token, intent_id, payment_id = await paid(shop)
    shop.stripe.fraud_warning(intent_id)
    alert = await told(shop, MIRA, "warns of fraud")
    assert alert.callbacks[:2] == [f"desk:refund:{payment_id}", f"desk:keep:{payment_id}"]
    shop.telegram.press(MIRA, alert.message_id, f"desk:refund:{payment_id}")
    choice = await told(shop, MIRA, "How much shall go back?")
    shop.telegram.press(MIRA, choice.message_id, f"desk:refund_all:{payment_id}")
    question = await shop.telegram.wait_for(MIRA, _is_question)
    shop.telegram.press(MIRA, question.message_id, pressing(question, "yes:refund:"))
    await shop.until_status(token, "refunded")
    other = await shop.telegram.wait_for(ANNA, lambda one: f"desk:keep:{payment_id}" in one.callbacks)
    shop.telegram.press(ANNA, other.message_id, f"desk:keep:{payment_id}")
    await told(shop, ANNA, "уже возвращён целиком")
    assert not any("keep" in data or "refund" in data for data in other.callbacks)
    shop.telegram.say(MIRA, "/audit")
    audit = await told(shop, MIRA, "What admins did")
    for words in ("asked to refund €19.00", "Stripe took the refund", "Mira Tamm"):
        assert words in audit.text.replace("\xa0", " ")
    assert "kept the payment" not in audit.text


async def test_receipt_and_files_come_again_by_mail_and_in_the_chat(shop: Shop) -> None:
    _, _, payment_id = await paid(shop)

    def documents() -> list[str]:
        return [one.document.filename for one in shop.telegram.chat(BEN) if one.document]

    async def came(times: int) -> bool:
        mails = shop.resend.mails_to("ben@example.org", "payment_paid")
        return len(mails) == times and documents() == ["receipt-000001.pdf", "guide.pdf"] * times

    await until(lambda: came(1), "the receipt")
    shop.telegram.say(MIRA, f"/resend {payment_id}")
    await told(shop, MIRA, "and to the customer's chat")
    await until(lambda: came(2), "the receipt again")
    asked = await shop.ask(MIRA, f"/resend {payment_id} ben.carter@example.org")
    assert shop.resend.mails_to("ben.carter@example.org") == []
    shop.telegram.press(MIRA, asked.message_id, next(one for one in asked.callbacks if one.startswith("yes:")))
    mail = await shop.resend.wait_for_mail("ben.carter@example.org", "payment_paid")
    assert [one.filename for one in mail.attachments] == ["receipt-000001.pdf", "guide.pdf"]
