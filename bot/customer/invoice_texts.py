"""What is said of invoices: to the admin who makes one, and to whoever opens its link."""

from datetime import datetime

from checkout.model.invoice import EXAMPLE, LONGEST_TITLE, Invoice, InvoiceClosed, InvoiceWrong
from checkout.model.money import MAXIMUM, Money, written_digits
from checkout.model.outgoing import Button, OutgoingChat
from messages.language.formats import format_deadline
from messages.language.translator import Speech, shorten

CANCEL = "invoice:cancel:"
TYPED = 40  # characters


def how(speech: Speech) -> str:
    """How it is typed; under everything that was typed otherwise."""
    return speech.t_html(
        "Write amount, currency and what it is for, like this:\n<code>/invoice {example}</code>", example=EXAMPLE
    )


def wrong(speech: Speech, error: InvoiceWrong) -> OutgoingChat:
    typed, code = shorten(error.typed, TYPED), error.typed.upper()
    said = {
        "nothing": speech.t_html("An invoice is a payment link for something that is not in the catalogue."),
        "no_number": speech.t_html("“{typed}” is not an amount.", typed=typed),
        "no_currency": speech.t_html("The currency is missing, EUR or USD for example."),
        "currency": speech.t_html("“{typed}” is not a currency that Stripe takes.", typed=typed),
        "not_above_zero": speech.t_html("The amount must be above zero."),
        "no_title": speech.t_html("It is missing what the invoice is for: the customer and the receipt will read it."),
        "long_title": speech.t_html("What it is for is too long: {n} characters at most.", n=LONGEST_TITLE),
    }.get(error.why) or _amount_wrong(speech, error, code)
    return OutgoingChat(f"{said}\n\n{how(speech)}")


def _amount_wrong(speech: Speech, error: InvoiceWrong, code: str) -> str:
    if error.least is not None:
        return speech.t_html("The least that Stripe charges is {least}.", least=speech.money(error.least))
    if error.why == "too_large":
        most = speech.money(Money(MAXIMUM, code.lower()))
        return speech.t_html("That is too much: Stripe charges {most} at most.", most=most)
    digits = written_digits(code.lower())
    if not digits:
        return speech.t_html("Amounts in {currency} have no decimals.", currency=code)
    return speech.t_html("Amounts in {currency} have {n} decimals at most.", currency=code, n=digits)


def made(speech: Speech, invoice: Invoice, link: str) -> OutgoingChat:
    """For the admin."""
    text = speech.t_html(
        "<b>The invoice is made</b>\n{title} — {amount}\n{link}\n\n"
        "It can be paid once, until {until}, by whoever starts to pay first. "
        "Forward the next message to your customer; you will hear when it is paid.",
        title=invoice.title,
        amount=speech.money(invoice.price),
        link=link,
        until=_until(speech, invoice.expires_at),
    )
    return OutgoingChat(text, ((Button(speech.t("Cancel the invoice"), callback_data=CANCEL + invoice.sku),),))


def to_forward(speech: Speech, invoice: Invoice, link: str) -> OutgoingChat:
    """For the customer, who reads it outside of any chat with the bot."""
    text = speech.t_html(
        "<b>{title}</b>\n{amount}\n\nTo pay, open {link} and press Start. The link is valid until {until}.",
        title=invoice.title,
        amount=speech.money(invoice.price),
        link=link,
        until=_until(speech, invoice.expires_at),
    )
    return OutgoingChat(text)


def _until(speech: Speech, at: datetime) -> str:
    return format_deadline(at, speech.language, speech.shop.timezone)


def ask_cancel(speech: Speech, invoice: Invoice) -> str:
    return speech.t_html(
        "<b>Cancel this invoice?</b> Nobody can pay it any more then.\n{title} — {amount}",
        title=invoice.title,
        amount=speech.money(invoice.price),
    )


def canceled(speech: Speech, invoice: Invoice) -> str:
    return speech.t_html(
        "The invoice is canceled: {title} — {amount}. Its link says so to whoever opens it.",
        title=invoice.title,
        amount=speech.money(invoice.price),
    )


def kept(speech: Speech) -> str:
    return speech.t_html("The invoice stays as it is.")


def not_canceled(speech: Speech, closed: InvoiceClosed) -> str:
    """To the admin."""
    words = {
        "paid": speech.t_html("It is paid, or being paid just now: it cannot be canceled. /payments shows it."),
        "canceled": speech.t_html("This invoice is canceled already."),
        "expired": speech.t_html("This invoice has expired: nobody can pay it any more."),
    }
    return words[closed.why]


def closed(speech: Speech, closed: InvoiceClosed) -> str:
    """To whoever opened the link."""
    support = speech.shop.support
    words = {
        "paid": speech.t_html("You have paid this invoice, or the payment is on its way. /orders shows it."),
        "canceled": speech.t_html(
            "The shop has canceled this invoice. Questions? Write to {support}.", support=support
        ),
        "expired": speech.t_html("This invoice has expired. For a new one, write to {support}.", support=support),
        "taken": speech.t_html(
            "Somebody else has begun to pay this invoice, and it can be paid once only. "
            "If it is meant for you, write to {support}.",
            support=support,
        ),
    }
    return words[closed.why]


def unknown(speech: Speech) -> str:
    return speech.t_html(
        "There is no such invoice. Open the whole link as you got it, or write to {support}.",
        support=speech.shop.support,
    )
