"""What an admin is told: what happened, to which payment, and what to do next."""

from collections.abc import Callable, Mapping
from datetime import datetime

from checkout.model.money import Money
from checkout.model.outbox import Kind
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment, Status
from messages import callbacks
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape, shorten
from messages.links import dashboard_url

ERROR_LIMIT = 600
Details = Mapping[str, str]
Told = list[str]


def admin_chat(kind: Kind, payment: Payment, details: Details, phrases: PaymentPhrases) -> OutgoingChat:
    """Raises KeyError for a kind that is not for admins."""
    lines = [*_ADMIN_TEXTS[kind](payment, details, phrases), "", *_about(payment, phrases)]
    decisions = _DECISIONS[kind](payment, phrases) if kind in _DECISIONS else ()
    return OutgoingChat(
        "\n".join(lines), (*decisions, *_open_button(payment, phrases), *_stripe_button(payment, phrases))
    )


def _about(payment: Payment, phrases: PaymentPhrases) -> Told:
    about = [shorten(payment.title, 200), phrases.price(payment), payment.email]
    return [
        escape(" · ".join(part for part in about if part)),
        f"{phrases.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>",
    ]


def _open_button(payment: Payment, phrases: PaymentPhrases) -> tuple[tuple[Button, ...], ...]:
    """Opens what /payment shows."""
    return ((Button(phrases.t("What happened so far"), callback_data=callbacks.OPEN.data(payment.payment_id)),),)


def _stripe_button(payment: Payment, phrases: PaymentPhrases) -> tuple[tuple[Button, ...], ...]:
    url = dashboard_url(payment)
    return ((Button(phrases.t("Open in Stripe"), url=url),),) if url else ()


def _decisions(payment: Payment, phrases: PaymentPhrases) -> tuple[tuple[Button, ...], ...]:
    """What ends a review."""
    if payment.status is not Status.REVIEW:
        return ()
    deliver = Button(phrases.t("Deliver anyway"), callback_data=callbacks.REVIEW_DELIVER.data(payment.payment_id))
    refund = Button(phrases.t("Refund"), callback_data=callbacks.REVIEW_REFUND.data(payment.payment_id))
    return ((deliver, refund) if payment.facts.received else (deliver,),)


def _refund_or_keep(payment: Payment, phrases: PaymentPhrases) -> tuple[tuple[Button, ...], ...]:
    refund = Button(phrases.t("Refund"), callback_data=callbacks.REFUND.data(payment.payment_id))
    keep = Button(phrases.t("Keep"), callback_data=callbacks.KEEP.data(payment.payment_id))
    return ((refund, keep),)


_DECISIONS: Mapping[Kind, Callable[[Payment, PaymentPhrases], tuple[tuple[Button, ...], ...]]] = {
    Kind.ADMIN_REVIEW: _decisions,
    Kind.ADMIN_FRAUD_WARNING: _refund_or_keep,
}


def _review(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    told = [f"⚠️ <b>{phrases.t_html('A payment does not match')}</b>", _code(details.get("reason", ""))]
    if payment.paid_at:
        return [
            *told,
            phrases.t_html("The payment itself was paid and delivered. Find out in Stripe what this one is."),
        ]
    received = [one for key in payment.facts.odd_intents if (one := payment.facts.received[key])]
    if received:
        told.append(
            phrases.t_html("Received: {amount}", amount=phrases.money(Money(received[0].amount, received[0].currency)))
        )
    else:
        told.append(phrases.t_html("No money has come in for it so far."))
    return [
        *told,
        phrases.t_html("Nothing was delivered. Compare it with Stripe, then decide with the buttons below."),
    ]


def _paid_twice(_: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"⚠️ <b>{phrases.t_html('Paid twice')}</b>",
        *[_code(intent) for intent in details.get("intents", "").split()],
        phrases.t_html("The product was delivered once. Refund one of these payments in Stripe."),
    ]


def _dispute(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    told = [
        f"⚠️ <b>{phrases.t_html('The customer disputes the payment')}</b>",
        phrases.t_html("Disputed: {amount}", amount=_amount(details, payment, phrases)),
    ]
    if reason := details.get("reason", ""):
        told.append(phrases.t_html("Reason given: {reason}", reason=reason.replace("_", " ")))
    due_by = time_in(details.get("due_by", ""))
    if due_by is None:
        return [*told, phrases.t_html("Answer in Stripe with evidence, or accept the dispute.")]
    due = phrases.t_html(
        "Answer in Stripe with evidence by {time}, or accept the dispute.", time=phrases.deadline(due_by)
    )
    return [*told, due]


def _fraud_warning(_: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    told = [f"⚠️ <b>{phrases.t_html('A bank warns of fraud')}</b>"]
    if fraud_type := details.get("fraud_type", ""):
        told.append(phrases.t_html("Kind of fraud: {kind}", kind=fraud_type.replace("_", " ")))
    return [*told, phrases.t_html("A dispute may follow. A full refund now usually prevents it, and its fee.")]


def _unreachable(_: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"⚠️ <b>{phrases.t_html('The customer could not be reached')}</b>",
        phrases.t_html("Neither chat nor mail could be delivered."),
        *[f"{escape(shorten(name, 60))}: {_code(value)}" for name, value in sorted(details.items())],
        phrases.t_html("Reach the customer another way, or send it again with /resend."),
    ]


def _refund_failed(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"⚠️ <b>{phrases.t_html('A refund failed')}</b>",
        phrases.t_html("Not refunded: {amount}", amount=_amount(details, payment, phrases)),
        phrases.t_html("The money is back in your Stripe balance. Ask the customer for another way to return it."),
    ]


def _refund_done(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"✅ <b>{phrases.t_html('The refund is done')}</b>",
        phrases.t_html("Given back: {amount}", amount=_amount(details, payment, phrases)),
        phrases.t_html("The customer is told by chat and mail."),
    ]


def _first_payment(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"🎉 <b>{phrases.t_html('The first payment has arrived')}</b>",
        phrases.t_html("The customer is told by chat and mail."),
        phrases.t_html("/payments shows all payments, /admin lists what else you can do here."),
    ]


def _invoice_paid(payment: Payment, details: Details, phrases: PaymentPhrases) -> Told:
    return [
        f"✅ <b>{phrases.t_html('Your invoice is paid')}</b>",
        phrases.t_html("The customer gets the receipt by chat and mail; anything else is yours to deliver."),
    ]


_ADMIN_TEXTS: Mapping[Kind, Callable[[Payment, Details, PaymentPhrases], Told]] = {
    Kind.ADMIN_REVIEW: _review,
    Kind.ADMIN_PAID_TWICE: _paid_twice,
    Kind.ADMIN_DISPUTE: _dispute,
    Kind.ADMIN_FRAUD_WARNING: _fraud_warning,
    Kind.ADMIN_UNREACHABLE: _unreachable,
    Kind.ADMIN_REFUND_FAILED: _refund_failed,
    Kind.ADMIN_REFUND_DONE: _refund_done,
    Kind.ADMIN_FIRST_PAYMENT: _first_payment,
    Kind.ADMIN_INVOICE_PAID: _invoice_paid,
}


def _code(text: str) -> str:
    """Errors come as long as a service writes them; the message must stay within Telegram's 4096."""
    return f"<code>{escape(shorten(text, ERROR_LIMIT))}</code>"


def _amount(details: Details, payment: Payment, phrases: PaymentPhrases) -> str:
    told = details.get("amount", "")
    return phrases.money(Money(int(told), payment.currency)) if told.isdecimal() else phrases.price(payment)


def time_in(iso: str) -> datetime | None:
    """The moment that a detail tells; None where it tells none."""
    try:
        return datetime.fromisoformat(iso) if iso else None
    except ValueError:
        return None
