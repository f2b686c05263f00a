"""What a customer's bank has given as the reason of a dispute: Stripe's words, for admins."""

from messages.language.i18n import N_, texts

REASONS = {
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


def name_dispute_reason(reason: str, language: str) -> str:
    """With Stripe's own word, by which its documents and dashboard go."""
    noted = reason.replace("_", " ")
    words = REASONS.get(reason)
    return f"{texts('mail', language).gettext(words)} ({noted})" if words else noted
