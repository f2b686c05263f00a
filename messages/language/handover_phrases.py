"""What a customer is told of what the program does not, or cannot, hand over."""

from checkout.model.invoice import is_invoice
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.notifications.handover import Handover, handover_of
from messages.language.payment_phrases import PaymentPhrases


def handover_sentence(payment: Payment, phrases: PaymentPhrases, *, is_whole: bool) -> str:
    """Who sees to it; empty where nothing is left to say. ``is_whole`` is False when a file could not be read.

    What an invoice is for, the two have agreed between them. Nothing comes any more where all the money went back.
    """
    if payment.status is Status.REFUNDED:
        return ""
    if is_invoice(payment.sku) and phrases.catalog.find(payment.sku) is None:
        return ""
    if payment.fulfilment is not Fulfilment.TO_DO:
        return "" if is_whole or payment.fulfilment is Fulfilment.DONE else _cannot_be_sent(phrases)
    match handover_of(phrases.catalog, payment.sku):
        case Handover.PERSON:
            return phrases.t(
                "The shop knows of your order and sees to it in person. If you have not heard from it within a day, "
                "write to {support}.",
                support=phrases.shop.support,
            )
        case Handover.MISSING:
            return _cannot_be_sent(phrases)
    return "" if is_whole else _cannot_be_sent(phrases)


def _cannot_be_sent(phrases: PaymentPhrases) -> str:
    return phrases.t(
        "Your purchase cannot be sent at the moment. The shop knows of it, and it comes as soon as it can be. If it "
        "has not come within a day, write to {support}.",
        support=phrases.shop.support,
    )
