"""Everything about one payment, for admins: what it is now, what happened, and what can be done."""

from collections.abc import Iterator
from datetime import datetime

from bot.admin.dates import moment
from bot.admin.payments_texts import ADMIN_SIGNS, TYPED, person, status_words
from bot.admin.timeline_texts import timeline_lines
from checkout.model.intent_facts import DISPUTE_HARMLESS, DisputeFact
from checkout.model.money import Money
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.model.payment import PAYABLE, SETTLED, Fulfilment, Payment, Status
from checkout.model.search import By, Person, Search
from checkout.payments.refund_payment import kept_intents
from checkout.reporting.payment_timeline import Timeline
from messages import callbacks
from messages.language.declines import explain_decline
from messages.language.mismatch import explain_mismatch
from messages.language.payment_method import describe_method
from messages.language.payment_phrases import receipt_number
from messages.language.text import fill, shorten, visible_length
from messages.language.translator import Translator
from messages.links import dashboard_urls

LONGEST = 3700  # Telegram takes 4096, and what an admin is still asked for may stand below
TITLE, EMAIL, REASON = 150, 254, 160  # characters
MOST_REFUNDS, MOST_DISPUTES, MOST_REASONS, MOST_INTENTS = 6, 3, 3, 4


def payment_card(translator: Translator, timeline: Timeline, now: datetime) -> OutgoingChat:
    """What happened is cut in its middle where it is too long, and says so."""
    about = "\n".join(_about(translator, timeline, now))
    lines = timeline_lines(translator, timeline, now, LONGEST - visible_length(about))
    return OutgoingChat("\n".join([about, "", *lines]), _buttons(translator, timeline.payment))


def which_payment(translator: Translator) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "Which payment? Write its id or its receipt's number after the command, like <code>/payment pay_…</code>,"
            " <code>/payment pi_…</code> or <code>/payment 1</code>. /payments shows the newest, /find looks"
            " for a customer."
        )
    )


def no_payment(translator: Translator, typed: str) -> OutgoingChat:
    return OutgoingChat(
        translator.t_html(
            "There is no payment “{typed}”. Its id begins with pay_ and stands in the customer's messages, or with pi_"
            " in Stripe. /payments shows the newest, /find looks for a customer.",
            typed=shorten(typed, TYPED),
        )
    )


def _about(translator: Translator, timeline: Timeline, now: datetime) -> Iterator[str]:
    payment = timeline.payment
    status = payment.status_at(now)
    word = _status_in_full(translator, payment, status)
    yield fill(
        "{sign} <b>{word} · {amount}</b>", sign=ADMIN_SIGNS[status], word=word, amount=translator.money(payment.taken)
    )
    yield fill("{title}", title=shorten(translator.title_of(payment), TITLE))
    if not payment.is_real_money:
        yield translator.t_html("🧪 Test mode: no real money")
    yield ""
    yield from _whose(translator, timeline)
    yield from _handed_over(translator, payment)
    yield from _money_given_back(translator, payment)
    yield from _what_stripe_took(translator, payment)
    yield from _how_it_stands(translator, payment, status, now)
    yield from _ids(payment)


def _status_in_full(translator: Translator, payment: Payment, status: Status) -> str:
    if status is Status.REVIEW and not (payment.waits_for_a_decision or payment.may_refund_again):
        # The money is going back, or none has come: nothing is to be decided.
        return translator.t("Going back") if payment.facts.decision else status_words(translator)[status]
    longer = {
        Status.PENDING: translator.t("Not paid yet"),
        Status.PARTIALLY_REFUNDED: translator.t("Partly refunded"),
        Status.REVIEW: translator.t("Waits for your decision"),
        Status.DISPUTED: translator.t("Disputed"),
        Status.PROCESSING: translator.t("The bank is working on it"),
        Status.EXPIRED: translator.t("Not paid, the link has expired"),
    }
    return longer.get(status) or status_words(translator)[status]


def _whose(translator: Translator, timeline: Timeline) -> Iterator[str]:
    payment, customer = timeline.payment, timeline.traces.customer
    who = Person(payment.telegram_user_id, customer.name if customer else "", customer.username if customer else "")
    if payment.telegram_user_id:  # 0 where only Stripe knew of the payment, and not of whom
        yield f"👤 {person(who)}"
    if payment.email:
        yield fill("✉️ {email}", email=payment.email[:EMAIL])
    if method := describe_method(payment.facts.card):
        yield fill("💳 {method}", method=method)
    if number := receipt_number(payment):
        yield translator.t_html("🧾 Receipt No. {number}", number=number)


def _handed_over(translator: Translator, payment: Payment) -> Iterator[str]:
    if payment.waits_for_a_person:
        yield translator.t_html("📦 Yours to hand over")
    elif payment.fulfilment is Fulfilment.DONE:
        yield translator.t_html("📦 Handed over by an admin")


def _money_given_back(translator: Translator, payment: Payment) -> Iterator[str]:
    if len(kept_intents(payment)) > 1:
        yield translator.t_html("⚠️ Paid twice: refund one of the two in Stripe")
    elif len(payment.facts.paid_intents) > 1:
        yield translator.t_html("↩️ Paid twice: one of the two has gone back, or is on its way")
    if payment.amount_refunded:
        left = payment.kept.amount - payment.facts.lost(payment.taken)
        yield translator.t_html(
            "↩️ Given back: {amount}; left: {left}",
            amount=translator.money(payment.given_back),
            left=translator.money(payment.part(left)),
        )
    under_way = [one for one in payment.facts.refunds.values() if one.status in ("pending", "requires_action")]
    for refund in under_way[:MOST_REFUNDS]:
        yield translator.t_html("↩️ On its way back: {amount}", amount=translator.money(payment.part(refund.amount)))
    not_done = [one for one in payment.facts.refunds.values() if one.status in ("failed", "canceled")]
    for refund in not_done[:MOST_REFUNDS]:
        yield translator.t_html(
            "⚠️ Could not be given back: {amount}", amount=translator.money(payment.part(refund.amount))
        )


def _what_stripe_took(translator: Translator, payment: Payment) -> Iterator[str]:
    for one in payment.facts.settlements:
        yield translator.t_html(
            "💶 Stripe's fee: {fee}; net: {net}",
            fee=translator.money(Money(one.fee, one.currency)),
            net=translator.money(Money(one.net, one.currency)),
        )


def _how_it_stands(translator: Translator, payment: Payment, status: Status, now: datetime) -> Iterator[str]:
    if status in PAYABLE:
        yield translator.t_html("⏳ The pay link works until {time}", time=moment(translator, payment.expires_at, now))
    if status is Status.FAILED:
        words = explain_decline(payment.failure_code or "", translator.language)
        yield translator.t_html("❌ The customer was told: “{words}”", words=words)
    for dispute in list(payment.facts.disputes.values())[:MOST_DISPUTES]:
        yield _dispute(translator, payment, dispute, now)
    for reason in sorted(payment.facts.mismatches)[:MOST_REASONS]:
        words = explain_mismatch(reason, payment, translator.language)
        yield translator.t_html("🔎 Does not match: {reason}", reason=shorten(words, REASON))
    if status is Status.REVIEW and not payment.facts.received:
        yield translator.t_html(
            "No money has come in for it so far. Cancel it in Stripe: then the customer can pay anew."
        )


def _dispute(translator: Translator, payment: Payment, dispute: DisputeFact, now: datetime) -> str:
    disputed = translator.money(Money(dispute.amount, dispute.currency or payment.currency))
    if dispute.status in DISPUTE_HARMLESS:
        return translator.t_html("⚖️ Disputed: {amount}. It was decided for you.", amount=disputed)
    if dispute.status == "lost":
        return translator.t_html("⚖️ Disputed: {amount}. It was decided for the customer.", amount=disputed)
    if not dispute.is_open:
        return translator.t_html("⚖️ Disputed: {amount}", amount=disputed)
    said = translator.t_html("⚖️ Disputed: {amount}.", amount=disputed)
    if dispute.stage == "inquiry":
        said = translator.t_html("⚖️ The customer's bank asks about {amount}.", amount=disputed)
    return f"{said} {_what_to_do(translator, dispute, now)}".strip()


def _what_to_do(translator: Translator, dispute: DisputeFact, now: datetime) -> str:
    if not dispute.waits_for_an_answer:
        return translator.t_html("Your answer is with the bank.")
    if dispute.due_by is None:
        return ""
    time = moment(translator, dispute.due_by, now)
    if dispute.due_by <= now:
        return translator.t_html("The time to answer ended {time}.", time=time)
    return translator.t_html("Answer in Stripe by {time}", time=time)


def _ids(payment: Payment) -> Iterator[str]:
    others = [intent for intent in sorted(payment.facts.intents) if intent != payment.payment_intent_id]
    for one in (payment.payment_id, payment.payment_intent_id, *others[: MOST_INTENTS - 1]):
        if one:
            yield fill("<code>{one}</code>", one=one)


def _buttons(translator: Translator, payment: Payment) -> ButtonRows:
    looking = [Button(translator.t("🔄 Refresh"), callback_data=callbacks.REFRESH.data(payment.payment_id))]
    if payment.telegram_user_id:
        of_customer = callbacks.find_as(Search(By.CUSTOMER, str(payment.telegram_user_id)))
        looking.append(Button(translator.t("All of this customer's"), callback_data=of_customer))
    urls = dashboard_urls(payment)
    stripe = [Button(translator.t("Open in Stripe: {n}", n=n), url=url) for n, url in enumerate(urls, 1)]
    if len(urls) == 1:
        stripe = [Button(translator.t("Open in Stripe"), url=urls[0])]
    deciding = (_handing_over(translator, payment), _deciding(translator, payment))
    return tuple(tuple(row) for row in (*deciding, looking, stripe) if row)


def _deciding(translator: Translator, payment: Payment) -> list[Button]:
    """What can be done with it; whether it still can is asked again when the button is pressed."""
    payment_id = payment.payment_id
    if payment.may_refund_again:
        return [Button(translator.t("Refund again"), callback_data=callbacks.REVIEW_REFUND.data(payment_id))]
    if payment.waits_for_a_decision:
        deliver = Button(translator.t("Deliver anyway"), callback_data=callbacks.REVIEW_DELIVER.data(payment_id))
        give_back = Button(translator.t("Refund"), callback_data=callbacks.REVIEW_REFUND.data(payment_id))
        return [deliver, give_back]
    if payment.status not in SETTLED or payment.paid_at is None:
        return []
    resend = Button(translator.t("Send the receipt again"), callback_data=callbacks.RESEND.data(payment_id))
    refund = Button(translator.t("Refund"), callback_data=callbacks.REFUND.data(payment_id))
    return [resend, refund] if payment.kept.amount else [resend]


def _handing_over(translator: Translator, payment: Payment) -> list[Button]:
    if not payment.waits_for_a_person:
        return []
    return [Button(translator.t("Done"), callback_data=callbacks.TO_DO_DONE.data(payment.payment_id))]
