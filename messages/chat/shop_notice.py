"""What an admin is told of the shop as a whole: what happened, and what to do next."""

from checkout.model.message_content import CurrencyTotals, NoWebhooks, ServiceBack, ServiceDown, ShopNotice, Summary
from checkout.model.money import Money
from checkout.model.outgoing import OutgoingChat
from messages.chat.admin_chat import Told
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape

STATUS_PAGES = {"Stripe": "status.stripe.com", "Resend": "resend-status.com"}


def shop_notice(notice: ShopNotice, phrases: PaymentPhrases) -> OutgoingChat:
    return OutgoingChat("\n".join(_lines(notice, phrases)))


def _lines(notice: ShopNotice, phrases: PaymentPhrases) -> Told:
    match notice:
        case NoWebhooks():
            return _no_webhooks(notice, phrases)
        case ServiceDown():
            return _service_down(notice, phrases)
        case ServiceBack():
            return _service_back(notice, phrases)
        case Summary():
            return _summary(notice, phrases)


def _no_webhooks(notice: NoWebhooks, phrases: PaymentPhrases) -> Told:
    told = [f"⚠️ <b>{phrases.t_html('No webhook arrives from Stripe')}</b>"]
    if notice.last is None:
        told.append(phrases.t_html("Payments move at Stripe, but none of its webhooks has ever come."))
    else:
        last = phrases.deadline(notice.last)
        told.append(phrases.t_html("Payments move at Stripe; its last webhook came {time}.", time=last))
    return [
        *told,
        phrases.t_html("Nothing is lost: Stripe is asked every minute now, so customers hear a little later."),
        phrases.t_html(
            "Run “checkout-bot setup” and “checkout-bot doctor”, and look at Webhooks in Stripe's dashboard."
        ),
    ]


def _service_down(notice: ServiceDown, phrases: PaymentPhrases) -> Told:
    heading = phrases.t_html("{service} does not answer", service=notice.service)
    return [
        f"⚠️ <b>{heading}</b>",
        phrases.t_html("Since {time}.", time=phrases.deadline(notice.since)),
        *_meanwhile(notice.service, phrases),
        phrases.t_html("It is asked again at least every minute; you will hear when it is back."),
        phrases.t_html(
            "If its status page ({page}) says that all is well, run “checkout-bot doctor”.",
            page=STATUS_PAGES.get(notice.service, "—"),
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


def _service_back(notice: ServiceBack, phrases: PaymentPhrases) -> Told:
    times = {"since": phrases.deadline(notice.since), "until": phrases.deadline(notice.until)}
    return [
        f"✅ <b>{phrases.t_html('{service} is back', service=notice.service)}</b>",
        phrases.t_html("{service} was away from {since} to {until}.", service=notice.service, **times),
        phrases.t_html("What has waited for it leaves by itself now."),
    ]


def _summary(summary: Summary, phrases: PaymentPhrases) -> Told:
    heading = phrases.t_html("The day so far")
    told = [f"📊 <b>{heading}</b> · {escape(phrases.time(summary.at))}"]
    told += _sold(summary.today, phrases) or [phrases.t_html("Nothing was sold today.")]
    if summary.declines:
        told.append(phrases.t_html("Declined attempts: {n}", n=str(summary.declines)))
    if open_points := _open_points(summary, phrases):
        told += ["", *open_points]
    if yesterday := _sold(summary.yesterday, phrases):
        told += ["", phrases.t_html("Yesterday in all:"), *yesterday]
    return [*told, "", phrases.t_html("Another hour, or none: /summary")]


def _sold(totals: tuple[CurrencyTotals, ...], phrases: PaymentPhrases) -> Told:
    """A line for each currency, and one for what was given back."""
    told = []
    for one in totals:
        if one.paid:
            amount = phrases.money(Money(one.gross, one.currency))
            told.append(phrases.t_html("Paid: {n} — {amount}", n=str(one.paid), amount=amount))
        if one.refunded > 0:
            amount = phrases.money(Money(one.refunded, one.currency))
            told.append(phrases.t_html("Refunded: {amount}", amount=amount))
    return told


def _open_points(summary: Summary, phrases: PaymentPhrases) -> Told:
    told = []
    if summary.reviews:
        told.append(phrases.t_html("Payments to be looked into: {n} — /payments review", n=str(summary.reviews)))
    if summary.disputes:
        told.append(phrases.t_html("Open disputes: {n} — /payments disputed", n=str(summary.disputes)))
    if summary.unsent:
        told.append(phrases.t_html("Messages not delivered: {n} — /outbox", n=str(summary.unsent)))
    return [f"⚠️ {line}" for line in told]
