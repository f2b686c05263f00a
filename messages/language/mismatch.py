"""Why a payment went to review, kept as code and figures, and what an admin has decided: told to admins in theirs."""

from collections.abc import Iterator

from checkout.model.facts import Decision, Mismatch
from checkout.model.money import Money
from checkout.model.payment import Payment
from messages.language.formats import format_money
from messages.language.i18n import N_, texts

_CODES = {
    "test_mode": N_("paid in test mode: no real money has come"),
    "live_mode": N_("paid in live mode: real money has come"),
    "refused": N_("an admin has decided to give it back"),
}

_DECISIONS = {
    "deliver": N_("Decided: what was bought goes to the customer."),
    "refund": N_("Decided: the money goes back to the customer."),
}


def explain_decision(decision: Decision, language: str) -> str:
    return texts("mail", language).gettext(_DECISIONS[decision.action])


def came_in(payment: Payment) -> list[Money]:
    """All that has come in otherwise than agreed, the most first; two of one link may have."""
    received = [payment.facts.received[key] for key in payment.facts.odd_intents]
    return [Money(one.amount, one.currency) for one in received]


def explain_mismatch(name: str, payment: Payment, language: str) -> str:
    """With the PaymentIntent that it is about; what is not known here is told by its name."""
    mismatch = payment.facts.mismatches.get(name)
    words = list(_words(mismatch, payment, language)) if mismatch else []
    return f"{mismatch.intent_id}: {', '.join(words)}" if mismatch and words else name


def _words(mismatch: Mismatch, payment: Payment, language: str) -> Iterator[str]:
    _ = texts("mail", language).gettext
    if mismatch.amount is not None or mismatch.currency:
        amount = payment.amount if mismatch.amount is None else mismatch.amount
        came = format_money(Money(amount, mismatch.currency or payment.currency), language)
        yield _("{came} instead of {agreed}").format(came=came, agreed=format_money(payment.money, language))
    if mismatch.code in _CODES:
        yield _(_CODES[mismatch.code])
