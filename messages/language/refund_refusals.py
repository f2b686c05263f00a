"""Why Stripe refuses a refund, and what to do, by Stripe's word for it: for admins."""

from messages.language.i18n import N_, texts

_DISPUTED = N_(
    "The customer's bank has taken the money back already, by a dispute. While it is open, answer it in Stripe."
)
_NO_MONEY = N_(
    "There is not enough money in your Stripe balance. Add some in Stripe's dashboard, or wait for the next payments,"
    " and ask again."
)
_WORDS = {
    "charge_already_refunded": N_("All of it was given back before, perhaps in Stripe's dashboard."),
    "more_than_left": N_(
        "So much is not left any more: a part has been given back meanwhile, in Stripe's dashboard perhaps. Ask again"
        " in a minute."
    ),
    "charge_disputed": _DISPUTED,
    "refund_disputed_payment": _DISPUTED,
    "insufficient_funds": _NO_MONEY,
    "resource_missing": N_(
        "This payment is not in the Stripe account that the shop uses now: it came in by the one before."
        " Give the money back there, in its dashboard."
    ),
    "balance_insufficient": _NO_MONEY,
}


def explain_refund_refusal(code: str, language: str) -> str:
    """Empty where that is for Stripe's own words to say."""
    words = _WORDS.get(code)
    return texts("mail", language).gettext(words) if words else ""


def name_refund_refusal(code: str, language: str) -> str:
    """Why alone, within a sentence; empty as above."""
    why = explain_refund_refusal(code, language).partition(". ")[0].rstrip(".")
    return why[:1].lower() + why[1:]
