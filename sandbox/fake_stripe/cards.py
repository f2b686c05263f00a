"""Stripe's test cards and what each does, and the words of a decline."""

import datetime
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.fake_stripe.errors import ApiError

Challenge = Literal["none", "modal", "redirect"]
After = Literal["nothing", "dispute", "not_received", "inquiry", "fraud_warning"]


@dataclass(frozen=True)
class Decline:
    """How a decline is told: the error's code, its sentence, and what the issuer advises."""

    code: str
    message: str
    advice: str | None = None
    network_code: str | None = None
    blocked: bool = False


_DECLINED = "Your card was declined."
_PLAIN = Decline("card_declined", _DECLINED, "try_again_later", "05")
DECLINES = {
    "generic_decline": _PLAIN,
    "insufficient_funds": Decline("card_declined", "Your card has insufficient funds.", "try_again_later", "51"),
    "lost_card": Decline("card_declined", _DECLINED, "do_not_try_again", "41"),
    "stolen_card": Decline("card_declined", _DECLINED, "do_not_try_again", "43"),
    "expired_card": Decline("expired_card", "Your card has expired.", "confirm_card_data", "54"),
    "incorrect_cvc": Decline("incorrect_cvc", "Your card's security code is incorrect.", "confirm_card_data", "N7"),
    "processing_error": Decline(
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "try_again_later",
        "96",
    ),
    "card_velocity_exceeded": Decline(
        "card_declined",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        "try_again_later",
        "65",
    ),
    "fraudulent": Decline("card_declined", _DECLINED, blocked=True),
    "authentication_required": Decline(
        "authentication_required", "Your card was declined. This transaction requires authentication."
    ),
    "test_mode_live_card": Decline(
        "card_declined",
        "Your card was declined. Your request was in test mode, but used a non test (live) card."
        " For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    ),
}


def decline_named(decline_code: str) -> Decline:
    """A decline by its code; one without a sentence of its own is told like a generic one."""
    return DECLINES.get(decline_code, _PLAIN)


@dataclass(frozen=True)
class TestCard:
    """One card number and what happens when it pays."""

    __test__ = False  # the name begins like a test's, which pytest would collect

    number: str
    brand: str = "visa"
    decline: str | None = None
    challenge: Challenge = "none"
    after: After = "nothing"
    refund: Literal["at_once", "pending", "fails"] = "at_once"
    funding: str = "credit"
    country: str = "US"


_CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242"),
        TestCard("4000056655665556", funding="debit"),
        TestCard("5555555555554444", "mastercard"),
        TestCard("2223003122003222", "mastercard"),
        TestCard("5200828282828210", "mastercard", funding="debit"),
        TestCard("5105105105105100", "mastercard", funding="prepaid"),
        TestCard("378282246310005", "amex"),
        TestCard("371449635398431", "amex"),
        TestCard("6011111111111117", "discover"),
        TestCard("3056930009020004", "diners"),
        TestCard("3566002020360505", "jcb"),
        TestCard("6200000000000005", "unionpay"),
        TestCard("4000002760000016", country="DE"),
        TestCard("4000008260000000", country="GB"),
        TestCard("4000002330000009", country="EE"),
        TestCard("4000000000000002", decline="generic_decline"),
        TestCard("4000000000009995", decline="insufficient_funds"),
        TestCard("4000000000009987", decline="lost_card"),
        TestCard("4000000000009979", decline="stolen_card"),
        TestCard("4000000000000069", decline="expired_card"),
        TestCard("4000000000000127", decline="incorrect_cvc"),
        TestCard("4000000000000119", decline="processing_error"),
        TestCard("4000000000006975", decline="card_velocity_exceeded"),
        TestCard("4100000000000019", decline="fraudulent"),
        TestCard("4000002500003155", challenge="redirect"),
        TestCard("4000000000003220", challenge="modal"),
        TestCard("4000002760003184", challenge="modal", country="DE"),
        TestCard("4000008400001629", challenge="modal", decline="generic_decline"),
        TestCard("4000000000000259", after="dispute"),
        TestCard("4000000000002685", after="not_received"),
        TestCard("4000000000001976", after="inquiry"),
        TestCard("4000000000005423", after="fraud_warning"),
        TestCard("4000000000007726", refund="pending"),
        TestCard("4000000000005126", refund="fails"),
    )
}

# the ready-made payment methods that a server may confirm with
PAYMENT_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_radarBlock": "4100000000000019",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_threeDSecure2Required": "4000000000003220",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}


def card_by_number(number: str) -> TestCard:
    """The test card; a number that could be a real one is declined as in test mode."""
    return _CARDS.get(number) or TestCard(number, decline="test_mode_live_card")


@dataclass(frozen=True)
class CardDetails:
    """A card as typed into the form, checked."""

    card: TestCard
    exp_month: int
    exp_year: int


def read_card(fields: Any) -> CardDetails:
    """Raises ApiError 402 for a number, date or code that no card can have."""
    wire = fields if isinstance(fields, dict) else {}
    text = {name: str(wire.get(name, "")).replace(" ", "") for name in ("number", "exp_month", "exp_year", "cvc")}
    number = text["number"]
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19 and _luhn(number)):
        raise _incorrect("incorrect_number", "Your card number is incorrect.", "number")
    month, year = _number(text["exp_month"]), _number(text["exp_year"])
    if not 1 <= month <= 12:
        raise _incorrect("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    year += 2000 if year < 100 else 0
    today = datetime.datetime.now(datetime.UTC)
    if not (today.year, today.month) <= (year, month) <= (today.year + 50, 12):
        raise _incorrect("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    card = card_by_number(number)
    if _number(text["cvc"]) < 0 or len(text["cvc"]) != (4 if card.brand == "amex" else 3):
        raise _incorrect("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return CardDetails(card, month, year)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -1


def _incorrect(code: str, message: str, param: str) -> ApiError:
    return ApiError(402, "card_error", message, code=code, param=param)


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
