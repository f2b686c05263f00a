"""What an admin is told: what happened, to which payment, and what to do next."""

from collections.abc import Callable, Mapping
from datetime import datetime

from checkout.model.outbox import Kind
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment, Status
from messages.language.payment_phrases import Voice, escape, one_line

ERROR_LIMIT = 600
DASHBOARD = "https://dashboard.stripe.com"
Details = Mapping[str, str]
Told = list[str]


def admin_chat(kind: Kind, payment: Payment, details: Details, voice: Voice) -> OutgoingChat:
    """Raises KeyError for a kind that is not for admins."""
    lines = [*_ADMIN_TEXTS[kind](payment, details, voice), "", *_about(payment, voice)]
    decisions = _DECISIONS[kind](payment, voice) if kind in _DECISIONS else ()
    return OutgoingChat("\n".join(lines), (*decisions, *_open_button(payment, voice), *_stripe_button(payment, voice)))


def _about(payment: Payment, voice: Voice) -> Told:
    about = [one_line(payment.title, 200), voice.price(payment), payment.email]
    return [
        escape(" · ".join(part for part in about if part)),
        f"{voice.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>",
    ]


def _open_button(payment: Payment, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """bot/desk_payments.py answers it, as /payment does."""
    return ((Button(voice.t("What happened so far"), callback_data=f"desk:open:{payment.payment_id}"),),)


def _stripe_button(payment: Payment, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    url = dashboard_url(payment)
    return ((Button(voice.t("Open in Stripe"), url=url),),) if url else ()


def dashboard_url(payment: Payment) -> str:
    """Where Stripe shows the payment; empty before it has a PaymentIntent."""
    mode = "" if payment.livemode else "/test"
    return f"{DASHBOARD}{mode}/payments/{payment.payment_intent_id}" if payment.payment_intent_id else ""


def _decisions(payment: Payment, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """What ends a review. bot/decisions.py answers these buttons."""
    if payment.status is not Status.REVIEW:
        return ()
    deliver = Button(voice.t("Deliver anyway"), callback_data=f"review:deliver:{payment.payment_id}")
    refund = Button(voice.t("Refund"), callback_data=f"review:refund:{payment.payment_id}")
    return ((deliver, refund) if payment.facts.received else (deliver,),)


def _refund_or_keep(payment: Payment, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    """bot/desk_actions.py answers these buttons."""
    refund = Button(voice.t("Refund"), callback_data=f"desk:refund:{payment.payment_id}")
    keep = Button(voice.t("Keep"), callback_data=f"desk:keep:{payment.payment_id}")
    return ((refund, keep),)


_DECISIONS: Mapping[Kind, Callable[[Payment, Voice], tuple[tuple[Button, ...], ...]]] = {
    Kind.ADMIN_REVIEW: _decisions,
    Kind.ADMIN_FRAUD_WARNING: _refund_or_keep,
}


def _review(payment: Payment, details: Details, voice: Voice) -> Told:
    told = [f"⚠️ <b>{voice.t_html('A payment does not match')}</b>", _code(details.get("reason", ""))]
    if payment.paid_at:
        return [*told, voice.t_html("The payment itself was paid and delivered. Find out in Stripe what this one is.")]
    received = [one for key in payment.facts.odd_intents if (one := payment.facts.received[key])]
    if received:
        told.append(voice.t_html("Received: {amount}", amount=voice.money(received[0].amount, received[0].currency)))
    else:
        told.append(voice.t_html("No money has come in for it so far."))
    return [
        *told,
        voice.t_html("Nothing was delivered. Compare it with Stripe, then decide with the buttons below."),
    ]


def _paid_twice(_: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"⚠️ <b>{voice.t_html('Paid twice')}</b>",
        *[_code(intent) for intent in details.get("intents", "").split()],
        voice.t_html("The product was delivered once. Refund one of these payments in Stripe."),
    ]


def _dispute(payment: Payment, details: Details, voice: Voice) -> Told:
    told = [
        f"⚠️ <b>{voice.t_html('The customer disputes the payment')}</b>",
        voice.t_html("Disputed: {amount}", amount=_amount(details, payment, voice)),
    ]
    if reason := details.get("reason", ""):
        told.append(voice.t_html("Reason given: {reason}", reason=reason.replace("_", " ")))
    due_by = time_in(details.get("due_by", ""))
    if due_by is None:
        return [*told, voice.t_html("Answer in Stripe with evidence, or accept the dispute.")]
    due = voice.t_html("Answer in Stripe with evidence by {time}, or accept the dispute.", time=voice.deadline(due_by))
    return [*told, due]


def _fraud_warning(_: Payment, details: Details, voice: Voice) -> Told:
    told = [f"⚠️ <b>{voice.t_html('A bank warns of fraud')}</b>"]
    if fraud_type := details.get("fraud_type", ""):
        told.append(voice.t_html("Kind of fraud: {kind}", kind=fraud_type.replace("_", " ")))
    return [*told, voice.t_html("A dispute may follow. A full refund now usually prevents it, and its fee.")]


def _unreachable(_: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"⚠️ <b>{voice.t_html('The customer could not be reached')}</b>",
        voice.t_html("Neither chat nor mail could be delivered."),
        *[f"{escape(one_line(name, 60))}: {_code(value)}" for name, value in sorted(details.items())],
        voice.t_html("Reach the customer another way, or send it again with /resend."),
    ]


def _refund_failed(payment: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"⚠️ <b>{voice.t_html('A refund failed')}</b>",
        voice.t_html("Not refunded: {amount}", amount=_amount(details, payment, voice)),
        voice.t_html("The money is back in your Stripe balance. Ask the customer for another way to return it."),
    ]


def _refund_done(payment: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"✅ <b>{voice.t_html('The refund is done')}</b>",
        voice.t_html("Given back: {amount}", amount=_amount(details, payment, voice)),
        voice.t_html("The customer is told by chat and mail."),
    ]


def _first_payment(payment: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"🎉 <b>{voice.t_html('The first payment has arrived')}</b>",
        voice.t_html("The customer is told by chat and mail."),
        voice.t_html("/payments shows all payments, /admin lists what else you can do here."),
    ]


def _invoice_paid(payment: Payment, details: Details, voice: Voice) -> Told:
    return [
        f"✅ <b>{voice.t_html('Your invoice is paid')}</b>",
        voice.t_html("The customer gets the receipt by chat and mail; anything else is yours to deliver."),
    ]


_ADMIN_TEXTS: Mapping[Kind, Callable[[Payment, Details, Voice], Told]] = {
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
    return f"<code>{escape(one_line(text, ERROR_LIMIT))}</code>"


def _amount(details: Details, payment: Payment, voice: Voice) -> str:
    told = details.get("amount", "")
    return voice.money(int(told), payment.currency) if told.isdecimal() else voice.price(payment)


def time_in(iso: str) -> datetime | None:
    """The moment that a detail tells; None where it tells none."""
    try:
        return datetime.fromisoformat(iso) if iso else None
    except ValueError:
        return None
