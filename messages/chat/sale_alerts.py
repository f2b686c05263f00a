"""What an admin is told when something was sold: that it was, and what is theirs to do."""

from collections.abc import Sequence

from checkout.model.customer import shown_email
from checkout.model.message_content import FirstPayment, InvoicePaid, SaleAlert, Sold, ToDo
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.notifications.handover import Handover, handover_of
from messages.language.payment_phrases import PaymentPhrases
from messages.language.text import escape, shorten

Told = list[str]
TITLE, ADDRESS = 60, 80  # characters


def sale_lines(payment: Payment, alert: SaleAlert, phrases: PaymentPhrases) -> Told:
    """Nobody is to hand anything over in the belief that money has come."""
    told = _sale_lines(payment, alert, phrases)
    if payment.receipt_number == 1 and isinstance(alert, InvoicePaid):
        told = [_first(phrases), *told]
    return told if payment.is_real_money else [*told, phrases.t_html("🧪 Test mode: no real money")]


def _sale_lines(payment: Payment, alert: SaleAlert, phrases: PaymentPhrases) -> Told:
    match alert:
        case FirstPayment():
            return _first_payment(phrases)
        case InvoicePaid():
            return _invoice_paid(phrases)
        case Sold():
            return [_sold(payment, phrases)]
        case ToDo():
            return _to_do(payment, phrases)


def _first_payment(phrases: PaymentPhrases) -> Told:
    return [
        _first(phrases),
        phrases.t_html("The customer is told by chat and mail."),
        phrases.t_html("/payments shows all payments, /admin lists what else you can do here."),
    ]


def _first(phrases: PaymentPhrases) -> str:
    return f"🎉 <b>{phrases.t_html('The first payment has arrived')}</b>"


def _sold(payment: Payment, phrases: PaymentPhrases) -> str:
    return f"💰 <b>{phrases.t_html('Sold: {amount}', amount=phrases.price(payment))}</b>"


def _invoice_paid(phrases: PaymentPhrases) -> Told:
    return [
        f"✅ <b>{phrases.t_html('Your invoice is paid')}</b>",
        phrases.t_html("The customer gets the receipt by chat and mail; anything else is yours to deliver."),
    ]


def _to_do(payment: Payment, phrases: PaymentPhrases) -> Told:
    if not payment.waits_for_a_person:
        return seen_to(payment, phrases)
    match handover_of(phrases.catalog, payment.sku):
        case Handover.PERSON:
            return [
                f"📦 <b>{phrases.t_html('Sold, and yours to hand over')}</b>",
                phrases.t_html("The customer has the receipt and reads that you see to the rest."),
                phrases.t_html("Press Done when you have; /todo shows all that waits."),
            ]
        case Handover.MISSING:
            return [f"⚠️ <b>{phrases.t_html('Paid, and it cannot be sent')}</b>", *_what_is_missing(payment, phrases)]
    heading = phrases.t_html("Paid, and it can be sent again")
    return [f"📦 <b>{heading}</b>", phrases.t_html("It leaves by itself within a minute.")]


def seen_to(payment: Payment, phrases: PaymentPhrases) -> Told:
    """That nobody has to hand it over any more, and how that ended."""
    told = [f"✅ <b>{phrases.t_html('Sold, and seen to meanwhile')}</b>"]
    if payment.status is Status.REFUNDED:
        return [*told, phrases.t_html("The money was given back already: there is nothing to do.")]
    if payment.fulfilment is Fulfilment.DELIVERED:
        return [*told, phrases.t_html("It has been sent meanwhile: there is nothing left to do.")]
    return told


def _what_is_missing(payment: Payment, phrases: PaymentPhrases) -> Told:
    if not payment.sku:
        missing = phrases.t_html("What it is for is not known: Stripe has no sku with it.")
        remedy = phrases.t_html("Look at it in Stripe, see to it, and press Done.")
    elif phrases.catalog.find(payment.sku) is None:
        missing = phrases.t_html("{sku} is not in the catalogue any more.", sku=payment.sku)
        remedy = phrases.t_html("Put it back and restart: it leaves by itself then. Or send it, and press Done.")
    else:
        missing = phrases.t_html(
            "A file of {sku} is gone, empty, too large for a mail, or cannot be read.", sku=payment.sku
        )
        remedy = phrases.t_html("Put the file back: it leaves by itself then. Or send it yourself, and press Done.")
    if not payment.email and payment.telegram_user_id <= 0:  # nobody is told
        return [missing, remedy, phrases.t_html("/todo shows all that waits.")]
    return [missing, remedy, phrases.t_html("The customer reads that you know of it. /todo shows all that waits.")]


def sales_chat(payments: Sequence[Payment], phrases: PaymentPhrases) -> OutgoingChat:
    """Several at once: a line for each."""
    return OutgoingChat("\n\n".join(_line(payment, phrases) for payment in payments))


def _line(payment: Payment, phrases: PaymentPhrases) -> str:
    about = [shorten(phrases.title_of(payment), TITLE), shorten(shown_email(payment.email), ADDRESS)]
    sold, known = sale_lines(payment, Sold(), phrases), escape(" · ".join(filter(None, about)))
    return "\n".join([*sold, known, f"<code>{escape(payment.payment_id)}</code>"])
