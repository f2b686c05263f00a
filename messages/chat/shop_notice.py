"""What an admin is told of the shop as a whole: what happened, and what to do next."""

from checkout.errors import RefusalArea
from checkout.model.money import Money
from checkout.model.outgoing import OutgoingChat
from checkout.model.shop_notice import (
    NoWebhooks,
    PaymentsRefused,
    PaymentsTaken,
    ServiceBack,
    ServiceDown,
    ShopNotice,
    Summary,
    TroubleFound,
    TroubleOver,
    WebhooksBack,
)
from checkout.model.summary_schedule import CurrencyTotals
from messages.chat.sale_alerts import Told
from messages.chat.trouble import trouble_found, trouble_over
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape, shorten

WORDS_LIMIT = 500
STATUS_PAGES = {"Stripe": "status.stripe.com", "Resend": "resend-status.com"}


def shop_notice(notice: ShopNotice, phrases: PaymentPhrases) -> OutgoingChat:
    return OutgoingChat("\n".join(_lines(notice, phrases)))


def _lines(notice: ShopNotice, phrases: PaymentPhrases) -> Told:
    match notice:
        case NoWebhooks():
            return _no_webhooks(notice, phrases)
        case WebhooksBack():
            return _webhooks_back(notice, phrases)
        case ServiceDown():
            return _service_down(notice, phrases)
        case ServiceBack():
            return _service_back(notice, phrases)
        case PaymentsRefused():
            return _payments_refused(notice, phrases)
        case PaymentsTaken():
            return _payments_taken(notice, phrases)
        case TroubleFound():
            return trouble_found(notice, phrases)
        case TroubleOver():
            return trouble_over(notice, phrases)
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
            "Run “checkout-bot setup” and “checkout-bot doctor”, and look at Webhooks in Stripe's dashboard. "
            "You will hear when they come again."
        ),
    ]


def _webhooks_back(notice: WebhooksBack, phrases: PaymentPhrases) -> Told:
    return [
        f"✅ <b>{phrases.t_html('Webhooks come from Stripe again')}</b>",
        phrases.t_html("There were none from {time} on.", time=phrases.deadline(notice.since)),
        phrases.t_html("Nothing was lost, and customers hear at once again."),
    ]


def _service_down(notice: ServiceDown, phrases: PaymentPhrases) -> Told:
    heading = phrases.t_html("{service} does not answer", service=notice.service)
    return [
        f"⚠️ <b>{heading}</b>",
        phrases.t_html("Since {time}.", time=phrases.deadline(notice.since)),
        *_meanwhile(notice.service, phrases),
        phrases.t_html("It is asked again by itself; you will hear when it is back."),
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
                ),
                phrases.t_html(
                    "The reason stands in /outbox. A quota that is used up, or the domain, only you can mend; after "
                    "that, “try now” there sends at once."
                ),
            ]
    return []


def _service_back(notice: ServiceBack, phrases: PaymentPhrases) -> Told:
    times = {"since": phrases.deadline(notice.since), "until": phrases.deadline(notice.until)}
    return [
        f"✅ <b>{phrases.t_html('{service} is back', service=notice.service)}</b>",
        phrases.t_html("{service} was away from {since} to {until}.", service=notice.service, **times),
        phrases.t_html("What has waited for it leaves by itself now."),
    ]


def _payments_refused(notice: PaymentsRefused, phrases: PaymentPhrases) -> Told:
    said = shorten(f"{notice.words} ({notice.code})", WORDS_LIMIT)
    told = [f"⚠️ <b>{phrases.t_html('Stripe refuses payments')}</b>", phrases.t_html("It says: {words}", words=said)]
    if notice.currency:
        amount = phrases.money(Money(notice.amount, notice.currency))
        told.append(phrases.t_html("Asked for was {amount}.", amount=amount))
    return [
        *told,
        _remedy(notice, phrases),
        phrases.t_html(
            "Customers whom it concerns cannot pay; they are told to write to {support}. "
            "You will hear when it works again.",
            support=shorten(phrases.shop.support, WORDS_LIMIT),
        ),
    ]


def _remedy(notice: PaymentsRefused, phrases: PaymentPhrases) -> str:
    match notice.area:
        case RefusalArea.KEY:
            return phrases.t_html(
                "Make a new secret key in Stripe's dashboard (Developers, API keys), put it into STRIPE_SECRET_KEY "
                "and restart."
            )
        case RefusalArea.ACCOUNT:
            return phrases.t_html(
                "Look in Stripe's dashboard at what the account still needs; a restricted key (rk_…) must be allowed "
                "to read and write PaymentIntents."
            )
        case RefusalArea.AMOUNT:
            return phrases.t_html("Stripe takes no such sum: mend the price in the catalogue and restart.")
        case RefusalArea.METHODS:
            return phrases.t_html(
                "Switch on a payment method for {currency} in Stripe's dashboard (Settings, Payment methods), "
                "or sell in another currency.",
                currency=notice.currency.upper(),
            )
    return phrases.t_html(
        "Look for the request in Stripe's dashboard (Developers, Logs) and run “checkout-bot doctor”."
    )


def _payments_taken(notice: PaymentsTaken, phrases: PaymentPhrases) -> Told:
    since = phrases.deadline(notice.since)
    return [
        f"✅ <b>{phrases.t_html('Stripe takes payments again')}</b>",
        phrases.t_html(
            "What it refused since {since} ({code}) works again.", since=since, code=shorten(notice.code, WORDS_LIMIT)
        ),
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
        if one.refunded:
            amount = phrases.money(Money(one.refunded, one.currency))
            told.append(phrases.t_html("Refunded: {amount}", amount=amount))
        if one.lost:
            amount = phrases.money(Money(one.lost, one.currency))
            told.append(phrases.t_html("Lost in disputes: {amount}", amount=amount))
    return told


def _open_points(summary: Summary, phrases: PaymentPhrases) -> Told:
    told = []
    if summary.to_do:
        told.append(phrases.t_html("Sold and yours to hand over: {n} — /todo", n=str(summary.to_do)))
    if summary.reviews:
        told.append(phrases.t_html("Payments to be looked into: {n} — /payments review", n=str(summary.reviews)))
    if summary.disputes:
        told.append(phrases.t_html("Disputes to be answered: {n} — /payments disputed", n=str(summary.disputes)))
    if summary.unsent:
        told.append(phrases.t_html("Messages not delivered: {n} — /outbox", n=str(summary.unsent)))
    return [f"⚠️ {line}" for line in told]
