"""What is said of an invoice to whoever opens its link."""

from checkout.model.invoice import InvoiceClosed
from messages.language.translator import Translator


def closed(translator: Translator, closed: InvoiceClosed) -> str:
    support = translator.shop.support
    words = {
        "paid": translator.t_html("You have paid this invoice, or the payment is on its way. /orders shows it."),
        "canceled": translator.t_html(
            "The shop has canceled this invoice. Questions? Write to {support}.", support=support
        ),
        "expired": translator.t_html("This invoice has expired. For a new one, write to {support}.", support=support),
        "taken": translator.t_html(
            "Somebody else has begun to pay this invoice, and it can be paid once only. "
            "If it is meant for you, write to {support}.",
            support=support,
        ),
    }
    return words[closed.why]


def unknown(translator: Translator) -> str:
    return translator.t_html(
        "There is no such invoice. Open the whole link as you got it, or write to {support}.",
        support=translator.shop.support,
    )
