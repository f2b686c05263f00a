"""What kind of fraud a bank warns of: Stripe's words, for admins."""

from messages.language.i18n import N_, texts

KINDS = {
    "card_never_received": N_("the card has never reached its holder"),
    "fraudulent_card_application": N_("the card was applied for under a false name"),
    "made_with_counterfeit_card": N_("paid with a copied card"),
    "made_with_lost_card": N_("paid with a lost card"),
    "made_with_stolen_card": N_("paid with a stolen card"),
    "misc": N_("another one"),
    "unauthorized_use_of_card": N_("the cardholder has not allowed it"),
}


def name_fraud_type(fraud_type: str, language: str) -> str:
    """With Stripe's own word, by which its documents and dashboard go."""
    noted = fraud_type.replace("_", " ")
    words = KINDS.get(fraud_type)
    return f"{texts('mail', language).gettext(words)} ({noted})" if words else noted
