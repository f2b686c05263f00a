"""Admins refund from the chat: asked first, once, and only whoever was asked."""

import logging

import pytest

from checkout.errors import ServiceRefused, ServiceUnavailable
from checkout.model.audit import Action
from checkout.model.facts import Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import DisputeFact
from sandbox.fake_telegram.chats import BEN, MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import a_payment, keep, keep_paid, report_refund

PAYMENT, INTENT = "pay_1", "pi_1"


class Killed(BaseException):
    """The process ends here: nothing in it runs any more."""


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id, BEN.id)


@pytest.fixture
async def shop(shop: BotShop) -> BotShop:
    await keep_paid(shop.storage)
    return shop


def button(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


async def asked(shop: BotShop, command: str, admin: Person = MIRA) -> ChatMessage:
    """The question that follows a command."""
    return (await shop.say(admin, command))[-1]


async def yes(shop: BotShop, question: ChatMessage, admin: Person = MIRA) -> str:
    said = await shop.press(admin, question, button(question, "yes:refund:"))
    return plain(said[-1].text) if said else ""


async def old_button(shop: BotShop, person: Person, message: ChatMessage, data: str) -> str:
    """Presses what the message does not show any more, or never did; what Telegram shows over the chat."""
    message.keyboard.append([{"text": "?", "callback_data": data}])
    return await shop.hint(person, message, data)


def amounts(shop: BotShop) -> list[int | None]:
    return [amount for _, amount, _ in shop.stripe.refunds.values()]


async def actions(shop: BotShop) -> list[str]:
    async with shop.storage.read() as tx:
        return [entry.action for entry in await tx.audit.of_payment(PAYMENT)]


async def test_a_full_refund_is_shown_asked_and_requested(shop: BotShop) -> None:
    assert (await asked(shop, f"refund {PAYMENT} 5")).text == f"A command begins with a slash: /refund {PAYMENT} 5"
    question = await asked(shop, f"/refund {PAYMENT} All")
    text = plain(question.text)
    assert "Refund €19.00?" in text
    assert "anna@example.com" in text
    assert "Nothing is left after this." in text
    assert amounts(shop) == [], "nothing happens before the answer"
    assert "The refund of €19.00 is requested" in await yes(shop, question)
    assert amounts(shop) == [1900]
    assert question.callbacks == [], "the buttons are gone"
    assert await actions(shop) == [Action.REFUND_ASKED, Action.REFUND_REQUESTED]


async def test_a_part_is_refunded_by_the_payment_intents_id(shop: BotShop) -> None:
    question = await asked(shop, f"/REFUND  {INTENT}   5,5 eur")
    assert "Refund €5.50?" in plain(question.text)
    assert "Left after this: €13.50" in plain(question.text)
    await yes(shop, question)
    assert amounts(shop) == [550]


async def test_two_equal_parts_asked_for_twice_are_two_refunds(shop: BotShop) -> None:
    for number in range(2):
        await yes(shop, await asked(shop, f"/refund {PAYMENT} 5"))
        await report_refund(
            shop.storage, PAYMENT, f"re_{number}", RefundFact(500, "succeeded", list(shop.stripe.refunds)[number][-16:])
        )
    assert amounts(shop) == [500, 500]
    shown = plain((await asked(shop, f"/refund {PAYMENT}")).text)
    assert "Refunded so far: €10.00" in shown
    assert "Refund €9.00?" in shown


async def test_a_second_press_changes_nothing(shop: BotShop) -> None:
    data = button(question := await asked(shop, f"/refund {PAYMENT} 5"), "yes:refund:")
    await yes(shop, question)
    assert "question is closed" in await old_button(shop, MIRA, question, data)
    assert amounts(shop) == [500]


async def test_another_admins_button_changes_nothing(shop: BotShop) -> None:
    question = await asked(shop, f"/refund {PAYMENT} 5")
    (greeting, *_) = await shop.say(BEN, "/help")
    assert "is closed" in await old_button(shop, BEN, greeting, button(question, "yes:refund:"))
    assert amounts(shop) == []
    assert "requested" in await yes(shop, question)


async def test_a_button_from_last_month_changes_nothing(shop: BotShop) -> None:
    question = await asked(shop, f"/refund {PAYMENT} 5")
    shop.clock.forward(days=30)
    assert "more than an hour old" in await shop.hint(MIRA, question, button(question, "yes:refund:"))
    assert question.callbacks == []
    assert (amounts(shop), await actions(shop)) == ([], [])


async def test_a_newer_question_takes_the_place_of_an_older_one(shop: BotShop) -> None:
    old = await asked(shop, f"/refund {PAYMENT} 5")
    new = await asked(shop, f"/refund {PAYMENT} 6")
    assert ("newer one" in await shop.hint(MIRA, old, button(old, "yes:refund:")), old.callbacks) == (True, [])
    await yes(shop, new)
    assert amounts(shop) == [600]


@pytest.mark.parametrize("command", [None, "/cancel"])
async def test_a_question_that_is_left_leaves_the_payment_as_it_is(shop: BotShop, command: str | None) -> None:
    question = await asked(shop, f"/refund {PAYMENT}")
    data = button(question, "yes:refund:")
    (said,) = await (shop.say(MIRA, command) if command else shop.press(MIRA, question, button(question, "no:refund:")))
    assert (said.text == "Nothing was refunded.") is (command is None)
    assert "answered or left" in await old_button(shop, MIRA, question, data)
    assert (amounts(shop), await actions(shop)) == ([], [])


async def test_a_question_survives_a_restart(shop: BotShop) -> None:
    question = await asked(shop, f"/refund {PAYMENT}")
    await shop.restart()
    assert "requested" in await yes(shop, question)
    assert amounts(shop) == [1900]


async def test_a_press_that_is_handed_in_again_after_a_crash_refunds_once_and_is_answered(shop: BotShop) -> None:
    question = await asked(shop, f"/refund {PAYMENT}")
    shop.stripe.dies_after = Killed()
    with pytest.raises(Killed):
        await yes(shop, question)
    assert await actions(shop) == [Action.REFUND_ASKED]
    shop.stripe.dies_after = None
    await shop.restart()
    await shop.intake.accept(shop.telegram.updates[-1])
    assert "requested" in question.text
    assert amounts(shop) == [1900]
    assert await actions(shop) == [Action.REFUND_ASKED, Action.REFUND_REQUESTED]


async def test_without_stripes_answer_the_same_button_tries_again(
    shop: BotShop, caplog: pytest.LogCaptureFixture
) -> None:
    question = await asked(shop, f"/refund {PAYMENT}")
    shop.stripe.failure = ServiceUnavailable("Stripe cannot be reached", code="ClientConnectorError")
    with caplog.at_level(logging.WARNING):
        said = await yes(shop, question)
    assert "not known yet whether the money goes back.\n" in said, "why is for the log"
    assert "Stripe cannot be reached (ClientConnectorError)" in caplog.text
    assert [data.split(":")[0] for data in question.callbacks] == ["yes"], "no “no”: it may be done already"
    shop.stripe.failure = None
    assert "requested" in await yes(shop, question)
    assert amounts(shop) == [1900]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("charge_already_refunded", "given back before"),
        ("charge_disputed", "by a dispute"),
        ("insufficient_funds", "not enough money"),
        ("resource_missing", "it came in by the one before"),
        ("odd_reason", "Stripe: it says <no> [request req_1]"),
    ],
)
async def test_stripes_refusal_is_told_in_words(shop: BotShop, code: str, words: str) -> None:
    question = await asked(shop, f"/refund {PAYMENT}")
    shop.stripe.failure = ServiceRefused("Stripe: it says <no> [request req_1]", code=code)
    said = await yes(shop, question)
    assert "nothing was given back" in said
    assert words in said
    assert await actions(shop) == [Action.REFUND_ASKED, Action.REFUND_REFUSED]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abc", "“abc” is not an amount"),
        ("<b>5</b>", "“<b>5</b>” is not an amount"),
        ("1,000.00", "is not an amount"),
        ("0", "more than zero"),
        ("-5", "more than zero"),
        ("5.001", "EUR has 2 decimals at most"),
        ("19.01", "Only €19.00 is left"),
        ("5 USD", "in EUR"),
        ("99999999", "more than Stripe charges"),
        ("9" * 3000, "is not an amount"),
    ],
)
async def test_what_is_no_amount_to_refund_is_explained(shop: BotShop, typed: str, words: str) -> None:
    answer = await asked(shop, f"/refund {PAYMENT} {typed}")
    assert words in plain(answer.text)
    assert "Nothing was refunded" in answer.text
    assert answer.callbacks == []


@pytest.mark.parametrize(("currency", "words"), [("jpy", "JPY has no decimals"), ("kwd", "KWD with a 0 as the third")])
async def test_a_currency_of_other_decimals_is_explained(shop: BotShop, currency: str, words: str) -> None:
    await keep_paid(shop.storage, 2, payment_id="pay_2", currency=currency, amount=1500)
    assert words in (await asked(shop, "/refund pay_2 1,005")).text


@pytest.mark.parametrize("name", ["pay_nobody", "pi_nobody", "<i>_*[]()`", "x" * 3000])
async def test_a_wrong_id_is_told_and_what_to_write_instead(shop: BotShop, name: str) -> None:
    answer = await asked(shop, f"/refund {name} 5")
    assert "There is no payment" in answer.text
    assert "/payments" in answer.text


async def test_the_command_alone_tells_how_to_write_it(shop: BotShop) -> None:
    assert "/refund pay_… 5.00" in (await asked(shop, "/refund")).text


async def test_the_cards_button_asks_for_all_or_another_amount(shop: BotShop) -> None:
    (shown, *_) = await shop.say(MIRA, "/help")
    shown.keyboard.append([{"text": "Refund", "callback_data": f"desk:refund:{PAYMENT}"}])
    (choice,) = await shop.press(MIRA, shown, f"desk:refund:{PAYMENT}")
    assert "How much shall go back?" in choice.text
    (question,) = await shop.press(MIRA, choice, button(choice, "desk:refund_all:"))
    assert "Refund €19.00?" in plain(question.text)
    await shop.press(MIRA, choice, button(choice, "desk:refund_part:"))
    for said in ("a lot", "ben@example.org", "20", "/payments"):
        assert (await asked(shop, said)).text.endswith("waiting for the amount to give back; /cancel leaves it.")
    (question,) = await shop.say(MIRA, "123456")
    assert "Only €19.00 is left" in plain(question.text), "six digits are an amount now, no code"
    (question,) = await shop.say(MIRA, "4,50")
    assert "requested" in await yes(shop, question)
    assert amounts(shop) == [450]


async def test_an_amount_that_is_awaited_can_be_left(shop: BotShop) -> None:
    (shown, *_) = await shop.say(MIRA, "/help")
    shown.keyboard.append([{"text": "Part", "callback_data": f"desk:refund_part:{PAYMENT}"}])
    await shop.press(MIRA, shown, f"desk:refund_part:{PAYMENT}")
    await shop.say(MIRA, "/cancel")
    (answer,) = await shop.say(MIRA, "5")
    assert "yes:" not in "".join(answer.callbacks)


async def test_a_customers_name_with_markup_is_shown_as_it_is(shop: BotShop) -> None:
    odd = {"title": "<b>_*[x](y)*_</b> & Co", "email": "a_b*c@example.org"}
    await keep_paid(shop.storage, 2, payment_id="pay_odd", **odd)
    question = await asked(shop, "/refund pay_odd")
    assert "<b>_*[x](y)*_</b> & Co" in question.text
    assert "a_b*c@example.org" in question.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("needs_response", "disputes this payment"),
        ("lost", "has taken €19.00 back already"),
        ("warning_needs_response", "asks about this payment: a full refund ends that"),
    ],
)
async def test_a_disputed_payment_is_warned_of(shop: BotShop, status: str, words: str) -> None:
    async with shop.storage.begin() as tx:
        payment = await tx.payments.get(PAYMENT)
        assert payment is not None
        disputed = payment.facts.with_dispute("dp_1", DisputeFact(status, 1900))
        await tx.payments.update(payment.with_facts(disputed, NOON))
    assert words in (await asked(shop, f"/refund {PAYMENT}")).text


@pytest.mark.parametrize("received", [{}, {"pi_x": Received(5, "eur", True, NOON)}])
async def test_money_under_review_gets_the_button_that_ends_it(shop: BotShop, received: dict[str, Received]) -> None:
    facts = PaymentFacts(mismatches={"pi_x: amount 5": Mismatch("pi_x", 5)}, received=received)
    await keep(shop.storage, a_payment(2, payment_id="pay_review").with_facts(facts, NOON))
    answer = await asked(shop, "/refund pay_review 5")
    assert answer.callbacks == ["review:refund:pay_review"] * len(received)
    assert ("not paid" in answer.text) is not bool(received)


@pytest.mark.parametrize(("typed", "told"), [(12, "you were asked: €7.00 now"), (5, "you were asked: €14.00 now")])
async def test_two_admins_who_were_asked_at_once_give_back_once(shop: BotShop, typed: int, told: str) -> None:
    questions = [await asked(shop, f"/refund {PAYMENT} {typed}", admin) for admin in (MIRA, BEN)]
    assert "requested" in await yes(shop, questions[0])
    assert (told in await yes(shop, questions[1], BEN), amounts(shop)) == (True, [typed * 100])
