"""What is said of an invoice to the admin who makes it."""

from checkout.model.invoice import LONGEST_TITLE, Invoice, InvoiceClosed, InvoiceWrong
from checkout.model.money import least_charged, minor_digits, most_charged, written_digits
from checkout.model.outgoing import Button, OutgoingChat
from messages import callbacks
from messages.language.text import shorten
from messages.language.translator import Translator

TYPED = 40  # characters


def how(translator: Translator) -> str:
    """How it is typed; under everything that was typed otherwise."""
    return translator.t_html(
        "Write amount, currency and what it is for, like this:\n<code>/invoice {example}</code>",
        example=translator.t("19.50 EUR Guided tour for two"),
    )


def wrong(translator: Translator, error: InvoiceWrong) -> OutgoingChat:
    typed, code = shorten(error.typed, TYPED), error.typed.upper()
    said = {
        "nothing": translator.t_html("An invoice is a payment link for something that is not in the catalogue."),
        "no_number": translator.t_html("“{typed}” is not an amount.", typed=typed),
        "no_currency": translator.t_html("The currency is missing, EUR or USD for example."),
        "currency": translator.t_html(
            "“{typed}” is not a currency that Stripe takes. Write its three letters, EUR or USD for example.",
            typed=typed,
        ),
        "other_currency": translator.t_html("“{typed}” is in another currency than what follows it.", typed=typed),
        "not_above_zero": translator.t_html("The amount must be above zero."),
        "no_title": translator.t_html(
            "It is missing what the invoice is for: the customer and the receipt will read it."
        ),
        "long_title": translator.t_html("What it is for is too long: {n} characters at most.", n=LONGEST_TITLE),
    }.get(error.why) or _amount_wrong(translator, error, code)
    return OutgoingChat(f"{said}\n\n{how(translator)}")


def not_on_receipt(translator: Translator, characters: str) -> OutgoingChat:
    """``characters`` are those that no font of the receipt has."""
    said = translator.t_html(
        "The receipt cannot show {characters}. Write what it is for in Latin, Greek or Cyrillic letters.",
        characters=shorten(characters, TYPED),
    )
    return OutgoingChat(f"{said}\n\n{how(translator)}")


def _amount_wrong(translator: Translator, error: InvoiceWrong, code: str) -> str:
    currency = code.lower()
    if error.why == "too_small":
        least = translator.money(least_charged(currency))
        return translator.t_html("The least that Stripe charges is {least}.", least=least)
    if error.why == "too_large":
        most = translator.money(most_charged(currency))
        return translator.t_html("That is too much: Stripe charges {most} at most.", most=most)
    digits = written_digits(currency)
    if not digits:
        return translator.t_html(
            "Amounts in {currency} have no decimals, and no point or comma between thousands.", currency=code
        )
    if minor_digits(currency) > digits > 0:
        return translator.t_html("Stripe takes {currency} with a 0 as the third decimal, like 5.250.", currency=code)
    return translator.t_html(
        "Amounts in {currency} have {n} decimals at most, and no point or comma between thousands.",
        currency=code,
        n=digits,
    )


def made(translator: Translator, invoice: Invoice, link: str) -> OutgoingChat:
    text = translator.t_html(
        "<b>The invoice is made</b>\n{title} — {amount}\n{link}\n\n"
        "It can be paid once, until {until}, by whoever starts to pay first. "
        "Forward the next message to your customer; you will hear when it is paid.",
        title=invoice.title,
        amount=translator.money(invoice.price),
        link=link,
        until=translator.deadline(invoice.expires_at),
    )
    cancel = callbacks.INVOICE_CANCEL.data(invoice.sku)
    return OutgoingChat(text, ((Button(translator.t("Cancel the invoice"), callback_data=cancel),),))


def to_forward(translator: Translator, invoice: Invoice, link: str) -> OutgoingChat:
    """For the customer, who reads it outside of any chat with the bot."""
    text = translator.t_html(
        "<b>{title}</b>\n{amount}\n\nTo pay, open {link} and press Start. The link is valid until {until}.",
        title=invoice.title,
        amount=translator.money(invoice.price),
        link=link,
        until=translator.deadline(invoice.expires_at),
    )
    return OutgoingChat(text)


def ask_cancel(translator: Translator, invoice: Invoice) -> str:
    return translator.t_html(
        "<b>Cancel this invoice?</b> Nobody can pay it any more then.\n{title} — {amount}",
        title=invoice.title,
        amount=translator.money(invoice.price),
    )


def canceled(translator: Translator, invoice: Invoice) -> str:
    return translator.t_html(
        "The invoice is canceled: {title} — {amount}. Its link says so to whoever opens it.",
        title=invoice.title,
        amount=translator.money(invoice.price),
    )


def kept(translator: Translator) -> str:
    return translator.t_html("The invoice stays as it is.")


def not_canceled(translator: Translator, closed: InvoiceClosed) -> str:
    words = {
        "paid": translator.t_html("It is paid, or being paid just now: it cannot be canceled. /payments shows it."),
        "canceled": translator.t_html("This invoice is canceled already."),
        "expired": translator.t_html("This invoice has expired: nobody can pay it any more."),
    }
    return words[closed.why]
