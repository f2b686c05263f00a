"""What an admin is told: what happened, to which payment, and what to do next."""

from collections.abc import Callable, Mapping
from datetime import datetime

from checkout.outbox import Kind
from checkout.payment import Payment
from checkout.saying import Button, OutgoingChat
from messages.voice import Voice, escape, one_line

ERROR_LIMIT = 600
DASHBOARD = "https://dashboard.stripe.com"
Details = Mapping[str, str]
Told = list[str]


def admin_chat(kind: Kind, payment: Payment, details: Details, voice: Voice) -> OutgoingChat:
    """Raises KeyError for a kind that is not for admins."""
    lines = [*_ADMIN_TEXTS[kind](payment, details, voice), "", *_about(payment, voice)]
    return OutgoingChat("\n".join(lines), _stripe_button(payment, voice))


def _about(payment: Payment, voice: Voice) -> Told:
    about = [one_line(payment.title, 200), voice.price(payment), payment.email]
    return [
        escape(" · ".join(part for part in about if part)),
        f"{voice.t_html('Payment')}: <code>{escape(payment.payment_id)}</code>",
    ]


def _stripe_button(payment: Payment, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    if not payment.payment_intent_id:
        return ()
    mode = "" if payment.livemode else "/test"
    return ((Button(voice.t("Open in Stripe"), url=f"{DASHBOARD}{mode}/payments/{payment.payment_intent_id}"),),)


def _review(payment: Payment, details: Details, voice: Voice) -> Told:
    told = [f"⚠️ <b>{voice.t_html('A payment does not match')}</b>", _code(details.get("reason", ""))]
    if payment.paid_at:
        return [*told, voice.t_html("The payment itself was paid and delivered. Find out in Stripe what this one is.")]
    return [
        *told,
        voice.t_html("Nothing was delivered. Compare it with Stripe, then deliver by hand or refund it there."),
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
    due_by = _time(details.get("due_by", ""))
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


_ADMIN_TEXTS: Mapping[Kind, Callable[[Payment, Details, Voice], Told]] = {
    Kind.ADMIN_REVIEW: _review,
    Kind.ADMIN_PAID_TWICE: _paid_twice,
    Kind.ADMIN_DISPUTE: _dispute,
    Kind.ADMIN_FRAUD_WARNING: _fraud_warning,
    Kind.ADMIN_UNREACHABLE: _unreachable,
    Kind.ADMIN_REFUND_FAILED: _refund_failed,
}


def _code(text: str) -> str:
    """Errors come as long as a service writes them; the message must stay within Telegram's 4096."""
    return f"<code>{escape(one_line(text, ERROR_LIMIT))}</code>"


def _amount(details: Details, payment: Payment, voice: Voice) -> str:
    told = details.get("amount", "")
    return voice.money(int(told), payment.currency) if told.isdecimal() else voice.price(payment)


def _time(iso: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso) if iso else None
    except ValueError:
        return None
