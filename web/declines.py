"""Why a payment was declined, in the customer's words, by Stripe's decline and error codes."""

from messages.i18n import texts


def decline_reason(code: str, language: str) -> str:
    """A sentence with what to do next. A card reported lost or stolen is declined like any other: whoever holds it
    need not know that it is blocked."""
    _ = texts("page", language).gettext
    known = {
        "insufficient_funds": _("There is not enough money on the card. Top it up or use another one."),
        "card_velocity_exceeded": _("The card’s limit is used up. Use another one or ask your bank."),
        "withdrawal_count_limit_exceeded": _("The card’s limit is used up. Use another one or ask your bank."),
        "expired_card": _("The card has expired. Use another one."),
        "incorrect_cvc": _("The security code of the card is not right. Check the three or four digits."),
        "invalid_cvc": _("The security code of the card is not right. Check the three or four digits."),
        "incorrect_number": _("The number of the card is not right. Check it."),
        "invalid_number": _("The number of the card is not right. Check it."),
        "invalid_expiry_month": _("The card’s date is not right. Check month and year."),
        "invalid_expiry_year": _("The card’s date is not right. Check month and year."),
        "incorrect_zip": _("The postal code does not match the card. Check it."),
        "authentication_required": _("The bank wants you to confirm the payment. Try again and confirm it."),
        "payment_intent_authentication_failure": _("The bank could not confirm that it is you. Try again."),
        "card_not_supported": _("The card cannot be used for this kind of purchase. Use another one."),
        "currency_not_supported": _("The card cannot be charged in this currency. Use another one."),
        "processing_error": _("The bank had an error of its own. Try again in a minute."),
        "issuer_not_available": _("The bank cannot be reached. Try again in a minute."),
        "try_again_later": _("The bank cannot be reached. Try again in a minute."),
    }
    return known.get(code) or _("The bank declined it and does not say why. Try another card or ask your bank.")
