"""What an admin is told of the shop as a whole: what happened, and what to do next."""

import json
from collections.abc import Callable, Mapping

from checkout.model.money import Money
from checkout.model.outbox import Kind
from checkout.model.outgoing import OutgoingChat
from messages.chat.admin_chat import Details, Told, time_in
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape

STATUS_PAGES = {"Stripe": "status.stripe.com", "Resend": "resend-status.com"}


def admin_notice(kind: Kind, details: Details, phrases: PaymentPhrases) -> OutgoingChat:
    """Raises KeyError for a kind that is about a payment."""
    return OutgoingChat("\n".join(NOTICES[kind](details, phrases)))


def _no_webhooks(details: Details, phrases: PaymentPhrases) -> Told:
    told = [f"⚠️ <b>{phrases.t_html('No webhook arrives from Stripe')}</b>"]
    last = time_in(details.get("last", ""))
    if last is None:
        told.append(phrases.t_html("Payments move at Stripe, but none of its webhooks has ever come."))
    else:
        told.append(
            phrases.t_html("Payments move at Stripe; its last webhook came {time}.", time=phrases.deadline(last))
        )
    return [
        *told,
        phrases.t_html("Nothing is lost: Stripe is asked every minute now, so customers hear a little later."),
        phrases.t_html(
            "Run “checkout-bot setup” and “checkout-bot doctor”, and look at Webhooks in Stripe's dashboard."
        ),
    ]


def _service_down(details: Details, phrases: PaymentPhrases) -> Told:
    service = details.get("service", "")
    since = time_in(details.get("since", ""))
    heading = phrases.t_html("{service} does not answer", service=service)
    return [
        f"⚠️ <b>{heading}</b>",
        *([phrases.t_html("Since {time}.", time=phrases.deadline(since))] if since else []),
        *_meanwhile(service, phrases),
        phrases.t_html("It is asked again at least every minute; you will hear when it is back."),
        phrases.t_html(
            "If its status page ({page}) says that all is well, run “checkout-bot doctor”.",
            page=STATUS_PAGES.get(service, "—"),
        ),
    ]


def _meanwhile(service: str, phrases: PaymentPhrases) -> Told:
    match service:
        case "Stripe":
            return [phrases.t_html("Nobody can pay meanwhile. No payment is lost.")]
        case "Resend":
            return [
                phrases.t_html(
                    "Mails wait and leave when it is back; receipts come in the chat as always. "
                    "New addresses cannot be confirmed meanwhile."
                )
            ]
    return []


def _service_back(details: Details, phrases: PaymentPhrases) -> Told:
    service, since, until = (details.get("service", ""), *(time_in(details.get(key, "")) for key in ("since", "until")))
    told = [f"✅ <b>{phrases.t_html('{service} is back', service=service)}</b>"]
    if since and until:
        times = {"since": phrases.deadline(since), "until": phrases.deadline(until)}
        told.append(phrases.t_html("{service} was away from {since} to {until}.", service=service, **times))
    return [*told, phrases.t_html("What has waited for it leaves by itself now.")]


def _summary(details: Details, phrases: PaymentPhrases) -> Told:
    at = time_in(details.get("at", ""))
    heading = phrases.t_html("The day so far")
    told = [f"📊 <b>{heading}</b>" + (f" · {escape(phrases.time(at))}" if at else "")]
    told += _sold(details.get("today", ""), phrases) or [phrases.t_html("Nothing was sold today.")]
    if declines := _count(details, "declines"):
        told.append(phrases.t_html("Declined attempts: {n}", n=declines))
    if open_points := _open_points(details, phrases):
        told += ["", *open_points]
    if yesterday := _sold(details.get("yesterday", ""), phrases):
        told += ["", phrases.t_html("Yesterday in all:"), *yesterday]
    return [*told, "", phrases.t_html("Another hour, or none: /summary")]


def _sold(sums: str, phrases: PaymentPhrases) -> Told:
    """A line for each currency, and one for what was given back."""
    told = []
    for currency, paid, gross, refunded in json.loads(sums or "[]"):
        if paid:
            told.append(
                phrases.t_html("Paid: {n} — {amount}", n=str(paid), amount=phrases.money(Money(gross, currency)))
            )
        if refunded > 0:
            told.append(phrases.t_html("Refunded: {amount}", amount=phrases.money(Money(refunded, currency))))
    return told


def _open_points(details: Details, phrases: PaymentPhrases) -> Told:
    told = []
    if reviews := _count(details, "reviews"):
        told.append(phrases.t_html("Payments to be looked into: {n} — /payments review", n=reviews))
    if disputes := _count(details, "disputes"):
        told.append(phrases.t_html("Open disputes: {n} — /payments disputed", n=disputes))
    if unsent := _count(details, "unsent"):
        told.append(phrases.t_html("Messages not delivered: {n} — /outbox", n=unsent))
    return [f"⚠️ {line}" for line in told]


def _count(details: Details, name: str) -> str:
    told = details.get(name, "0")
    return "" if told == "0" else told


NOTICES: Mapping[Kind, Callable[[Details, PaymentPhrases], Told]] = {
    Kind.ADMIN_NO_WEBHOOKS: _no_webhooks,
    Kind.ADMIN_SERVICE_DOWN: _service_down,
    Kind.ADMIN_SERVICE_BACK: _service_back,
    Kind.ADMIN_SUMMARY: _summary,
}
