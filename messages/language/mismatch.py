"""Why a payment went to review, kept in Stripe's terms, and what an admin has decided: told to admins in theirs."""

import re
from collections.abc import Iterator

from checkout.model.facts import Decision
from checkout.model.money import Money
from checkout.model.payment import Payment
from messages.language.formats import format_money
from messages.language.i18n import N_, texts

_AMOUNTS = re.compile(r"(?:amount|received) (\d+) instead of \d+")
_CURRENCIES = re.compile(r"currency ([a-z]+) instead of [a-z]+")
_WORDS = {
    "test mode": N_("paid in test mode: no real money has come"),
    "live mode": N_("paid in live mode: real money has come"),
    "an admin has decided to give it back": N_("an admin has decided to give it back"),
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


def explain_mismatch(reason: str, payment: Payment, language: str) -> str:
    """With the PaymentIntent that it is about; what is not known here stays as it was noted."""
    intent_id, _, noted = reason.partition(": ")
    words = list(_words(noted, payment, language))
    return f"{intent_id}: {', '.join(words)}" if words else reason


def _words(noted: str, payment: Payment, language: str) -> Iterator[str]:
    _ = texts("mail", language).gettext
    amount, currency = _AMOUNTS.search(noted), _CURRENCIES.search(noted)
    if amount or currency:
        came = Money(
            int(amount.group(1)) if amount else payment.amount, currency.group(1) if currency else payment.currency
        )
        yield _("{came} instead of {agreed}").format(
            came=format_money(came, language), agreed=format_money(payment.money, language)
        )
    for part in noted.split(", "):
        if part in _WORDS:
            yield _(_WORDS[part])
