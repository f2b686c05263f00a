"""Why a bank disputes a payment, and what kind of fraud it warns of: Stripe's words, for admins."""

from messages.language.i18n import N_, texts

DISPUTES = {
    "bank_cannot_process": N_("the bank could not process it"),
    "check_returned": N_("the check came back"),
    "credit_not_processed": N_("a promised refund has not come"),
    "customer_initiated": N_("the customer has asked the bank to"),
    "debit_not_authorized": N_("the customer has not allowed the debit"),
    "duplicate": N_("charged twice"),
    "fraudulent": N_("the cardholder knows nothing of it"),
    "general": N_("none in particular"),
    "incorrect_account_details": N_("the account is another one"),
    "insufficient_funds": N_("there was not enough money on the account"),
    "noncompliant": N_("against the rules of the card network"),
    "product_not_received": N_("nothing has arrived"),
    "product_unacceptable": N_("not as described, or faulty"),
    "subscription_canceled": N_("charged after it was canceled"),
    "unrecognized": N_("the cardholder does not recognise it"),
}
FRAUD = {
    "card_never_received": N_("the card has never reached its holder"),
    "fraudulent_card_application": N_("the card was applied for under a false name"),
    "made_with_counterfeit_card": N_("paid with a copied card"),
    "made_with_lost_card": N_("paid with a lost card"),
    "made_with_stolen_card": N_("paid with a stolen card"),
    "misc": N_("another one"),
    "unauthorized_use_of_card": N_("the cardholder has not allowed it"),
}
_WORDS = DISPUTES | FRAUD


def name_bank_reason(reason: str, language: str) -> str:
    """With Stripe's own word, by which its documents and dashboard go."""
    noted = reason.replace("_", " ")
    words = _WORDS.get(reason)
    return f"{texts('mail', language).gettext(words)} ({noted})" if words else noted
