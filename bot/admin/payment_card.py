"""Everything about one payment, for admins: what it is now, what happened, and what can be done."""

from collections.abc import Iterator
from datetime import datetime

from bot.admin.dates import moment
from bot.admin.payments_texts import AS, DESK_SIGNS, TYPED, Rows, person, status_words
from bot.admin.timeline_texts import story_lines
from checkout.model.facts import DISPUTE_HARMLESS, DisputeFact
from checkout.model.money import Money
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import PAYABLE, SETTLED, Payment, Status
from checkout.model.search import By, Person
from checkout.reporting.payment_timeline import Story
from messages.chat.admin_chat import dashboard_url
from messages.chat.customer_chat import visible_length
from messages.language.declines import explain_decline
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import receipt_number
from messages.language.translator import Speech, fill, shorten

REFRESH = "desk:refresh:"
RESEND, REFUND = "desk:resend:", "desk:refund:"  # answered by bot/desk_actions.py
DELIVER_ODD, REFUND_ODD = "review:deliver:", "review:refund:"  # answered by bot/decisions.py
LONGEST = 3700  # Telegram takes 4096, and what an admin is still asked for may stand below
TITLE, EMAIL, REASON = 150, 254, 160  # characters
MOST_REFUNDS, MOST_DISPUTES, MOST_REASONS, MOST_INTENTS = 6, 3, 3, 4


def payment_card(speech: Speech, story: Story, now: datetime) -> OutgoingChat:
    """What happened is cut in its middle where it is too long, and says so."""
    about = "\n".join(_about(speech, story, now))
    told = story_lines(speech, story, now, LONGEST - visible_length(about))
    return OutgoingChat("\n".join([about, "", *told]), _buttons(speech, story.payment))


def which_payment(speech: Speech) -> OutgoingChat:
    return OutgoingChat(
        speech.t_html(
            "Which payment? Write its id after the command, like <code>/payment pay_…</code> or"
            " <code>/payment pi_…</code>. /payments shows the newest, /find looks for a customer."
        )
    )


def no_payment(speech: Speech, typed: str) -> OutgoingChat:
    return OutgoingChat(
        speech.t_html(
            "There is no payment “{typed}”. Its id begins with pay_ and stands in the customer's messages, or with pi_"
            " in Stripe. /payments shows the newest, /find looks for a customer.",
            typed=shorten(typed, TYPED),
        )
    )


def _about(speech: Speech, story: Story, now: datetime) -> Iterator[str]:
    payment = story.payment
    status = payment.status_at(now)
    word = _status_in_full(speech, status)
    yield fill("{sign} <b>{word} · {amount}</b>", sign=DESK_SIGNS[status], word=word, amount=_price(speech, payment))
    yield fill("{title}", title=shorten(payment.title, TITLE))
    if not payment.livemode:
        yield speech.t_html("🧪 Test mode: no real money")
    yield ""
    yield from _whose(speech, story)
    yield from _money_given_back(speech, payment)
    yield from _how_it_stands(speech, payment, status, now)
    yield from _ids(payment)


def _status_in_full(speech: Speech, status: Status) -> str:
    longer = {
        Status.PENDING: speech.t("Not paid yet"),
        Status.PARTIALLY_REFUNDED: speech.t("Partly refunded"),
        Status.REVIEW: speech.t("Waits for your decision"),
        Status.DISPUTED: speech.t("Disputed"),
        Status.PROCESSING: speech.t("The bank is working on it"),
        Status.EXPIRED: speech.t("Not paid, the link has expired"),
    }
    return longer.get(status) or status_words(speech)[status]


def _whose(speech: Speech, story: Story) -> Iterator[str]:
    payment, customer = story.payment, story.traces.customer
    who = Person(payment.telegram_user_id, customer.name if customer else "", customer.username if customer else "")
    if payment.telegram_user_id:  # 0 where only Stripe knew of the payment, and not of whom
        yield f"👤 {person(who)}"
    if payment.email:
        yield fill("✉️ {email}", email=payment.email[:EMAIL])
    if method := describe_method(payment.ledger.card):
        yield fill("💳 {method}", method=method)
    if number := receipt_number(payment):
        yield speech.t_html("🧾 Receipt No. {number}", number=number)


def _money_given_back(speech: Speech, payment: Payment) -> Iterator[str]:
    if payment.amount_refunded:
        yield speech.t_html(
            "↩️ Given back: {amount}; left: {left}",
            amount=_money(speech, payment, payment.amount_refunded),
            left=_money(speech, payment, _left(payment)),
        )
    under_way = [one for one in payment.ledger.refunds.values() if one.status in ("pending", "requires_action")]
    for refund in under_way[:MOST_REFUNDS]:
        yield speech.t_html("↩️ On its way back: {amount}", amount=_money(speech, payment, refund.amount))
    not_done = [one for one in payment.ledger.refunds.values() if one.status in ("failed", "canceled")]
    for refund in not_done[:MOST_REFUNDS]:
        yield speech.t_html("⚠️ Could not be given back: {amount}", amount=_money(speech, payment, refund.amount))


def _how_it_stands(speech: Speech, payment: Payment, status: Status, now: datetime) -> Iterator[str]:
    if status in PAYABLE:
        yield speech.t_html("⏳ The pay link works until {time}", time=moment(speech, payment.expires_at, now))
    if status is Status.FAILED:
        words = explain_decline(payment.failure_code or "", speech.language)
        yield speech.t_html("❌ The customer was told: “{words}”", words=words)
    for dispute in list(payment.ledger.disputes.values())[:MOST_DISPUTES]:
        yield _dispute(speech, payment, dispute, now)
    for reason in sorted(payment.ledger.mismatches)[:MOST_REASONS]:
        yield speech.t_html("🔎 Does not match: {reason}", reason=shorten(reason, REASON))


def _dispute(speech: Speech, payment: Payment, dispute: DisputeFact, now: datetime) -> str:
    disputed = _money(speech, payment, dispute.amount)
    if dispute.status in DISPUTE_HARMLESS:
        return speech.t_html("⚖️ Disputed: {amount}. It was decided for you.", amount=disputed)
    if dispute.status == "lost":
        return speech.t_html("⚖️ Disputed: {amount}. It was decided for the customer.", amount=disputed)
    if not dispute.is_open or dispute.due_by is None:
        return speech.t_html("⚖️ Disputed: {amount}", amount=disputed)
    time = moment(speech, dispute.due_by, now)
    return speech.t_html("⚖️ Disputed: {amount}. Answer in Stripe by {time}", amount=disputed, time=time)


def _ids(payment: Payment) -> Iterator[str]:
    others = [intent for intent in sorted(payment.ledger.intents) if intent != payment.payment_intent_id]
    for one in (payment.payment_id, payment.payment_intent_id, *others[: MOST_INTENTS - 1]):
        if one:
            yield fill("<code>{one}</code>", one=one)


def _buttons(speech: Speech, payment: Payment) -> Rows:
    looking = [Button(speech.t("🔄 Refresh"), callback_data=REFRESH + payment.payment_id)]
    if payment.telegram_user_id:
        of_customer = f"{AS}{By.CUSTOMER}:{payment.telegram_user_id}"
        looking.append(Button(speech.t("All of this customer's"), callback_data=of_customer))
    url = dashboard_url(payment)
    stripe = [Button(speech.t("Open in Stripe"), url=url)] if url else []
    return tuple(tuple(row) for row in (_deciding(speech, payment), looking, stripe) if row)


def _deciding(speech: Speech, payment: Payment) -> list[Button]:
    """What can be done with it; whether it still can is asked again when the button is pressed."""
    payment_id = payment.payment_id
    if payment.status is Status.REVIEW:
        deliver = Button(speech.t("Deliver anyway"), callback_data=DELIVER_ODD + payment_id)
        give_back = Button(speech.t("Refund"), callback_data=REFUND_ODD + payment_id)
        return [deliver, give_back] if payment.ledger.received else [deliver]
    if payment.status not in SETTLED:
        return []
    resend = Button(speech.t("Send the receipt again"), callback_data=RESEND + payment_id)
    refund = Button(speech.t("Refund"), callback_data=REFUND + payment_id)
    return [resend, refund] if _left(payment) else [resend]


def _left(payment: Payment) -> int:
    return max(0, payment.amount - payment.amount_refunded)


def _price(speech: Speech, payment: Payment) -> str:
    return speech.money(payment.money)


def _money(speech: Speech, payment: Payment, amount: int) -> str:
    return speech.money(Money(amount, payment.currency))
