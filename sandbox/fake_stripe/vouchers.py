"""What is paid elsewhere and days later: a voucher at a shop's till or a bank, known by its page until it expires."""

from dataclasses import dataclass

from sandbox.fake_stripe.cards import CardDetails, TestCard
from sandbox.fake_stripe.errors import ApiError
from sandbox.fake_stripe.objects import Wire, payment_method

DAY = 24 * 3600
# What follows the payment of a card; of a voucher nothing does.
NOTHING_FOLLOWS = CardDetails(TestCard("0"), 12, 2034)


def expired() -> ApiError:
    """Nobody has paid it in time."""
    told = "The payment attempt for this PaymentIntent has expired."
    return ApiError(400, "invalid_request_error", told, code="payment_intent_payment_attempt_expired")


@dataclass(frozen=True)
class Voucher:
    """How long one lives, in seconds, and what Stripe calls its end."""

    seconds: int
    end: str = "expires_at"


VOUCHERS = {
    "boleto": Voucher(3 * DAY),
    "konbini": Voucher(3 * DAY),
    "multibanco": Voucher(7 * DAY),
    "oxxo": Voucher(3 * DAY, "expires_after"),
}


def voucher_method(kind: str, billing: Wire | None) -> Wire:
    """A payment method of this kind."""
    method = payment_method(NOTHING_FOLLOWS, billing)
    del method["card"]
    return {**method, "type": kind, kind: {}}


def next_action(kind: str, intent_id: str, base_url: str, expires_at: int) -> Wire:
    """As Stripe tells of a voucher; ``expires_at`` in seconds since 1970."""
    details = {VOUCHERS[kind].end: expires_at, "hosted_voucher_url": f"{base_url}/voucher/{intent_id}", "number": "7"}
    name = f"{kind}_display_details"
    return {"type": name, name: details}
