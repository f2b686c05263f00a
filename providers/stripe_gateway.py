"""PaymentIntents through Stripe's SDK, without a Customer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp
import stripe

from checkout.errors import (
    AnswerKept,
    InvalidInput,
    PaymentRefused,
    RefusalArea,
    ServiceError,
    ServiceUnavailable,
)
from checkout.model import keys
from checkout.model.intent_facts import CardUsed, Settlement
from checkout.model.payment import Payment
from checkout.ports.runtime import Meter
from checkout.purchase.open_pay_page import Intent
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.metering import SILENT
from checkout.resilience.no_answer import no_answer
from providers.fields import Fields, retry_after
from providers.stripe_events import parse_card, parse_intent, parse_settlement
from providers.stripe_http import TimedStripe

# It would write a mark of this machine into the home of whoever runs the shop: a service may have none, and then no
# request is made at all. What the machine is like is no business of Stripe's either.
stripe.enable_telemetry = False

log = logging.getLogger(__name__)
API_VERSION = "2026-10-28.endive"
DESCRIPTION_LENGTH = 500
ACCOUNT_CODES = frozenset({"account_invalid", "testmode_charges_only", "platform_account_required"})
T = TypeVar("T")


def stripe_client(
    secret_key: str,
    session: aiohttp.ClientSession,
    api_url: str | None,
    meter: Meter = SILENT,
    breaker: CircuitBreaker | None = None,
) -> stripe.StripeClient:
    """The SDK over the session that the whole application shares, on the pinned API version."""
    return stripe.StripeClient(
        secret_key,
        http_client=TimedStripe(session, meter, breaker),
        stripe_version=API_VERSION,
        max_network_retries=1,
        base_addresses={"api": api_url} if api_url else {},
    )


class AskingForFees:
    """A restricted key may read payments, but not what Stripe took for them: then that is asked for no more."""

    def __init__(self, within: str = "") -> None:
        self._charge = f"{within}latest_charge"
        self._may = True

    @property
    def may(self) -> bool:
        return self._may

    async def ask(self, call: Callable[[list[str]], Awaitable[T]]) -> T:
        """``call`` is handed what Stripe is to expand. Raises ServiceError."""
        expand = [self._charge]
        if self._may:
            try:
                return await asked(call([f"{self._charge}.balance_transaction"]))
            except PaymentRefused as error:
                if error.area is not RefusalArea.ACCOUNT:
                    raise
        found = await asked(call(expand))
        if self._may:
            log.warning("the key may not read balance transactions: Stripe's fees stay unknown")
        self._may = False
        return found


class StripeGateway:
    def __init__(
        self,
        secret_key: str,
        session: aiohttp.ClientSession,
        api_url: str | None,
        meter: Meter = SILENT,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._stripe = stripe_client(secret_key, session, api_url, meter, breaker)
        self._fees = AskingForFees()

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        """Everything in it is frozen with the payment, so the same key always carries the same parameters."""
        created = await asked(
            self._stripe.v1.payment_intents.create_async(
                {
                    "amount": payment.amount,
                    "currency": payment.currency,
                    "automatic_payment_methods": {"enabled": True},
                    "description": payment.title[:DESCRIPTION_LENGTH],
                    "metadata": {
                        "email": payment.email,
                        "payment_id": payment.payment_id,
                        "sku": payment.sku,
                        "telegram_user_id": str(payment.telegram_user_id),
                        "shop": shop_id,
                    },
                },
                {"idempotency_key": keys.intent(payment.payment_id, attempt)},
            )
        )
        return _intent(created)

    async def retrieve_intent(self, intent_id: str) -> Intent:
        return _intent(await asked(self._stripe.v1.payment_intents.retrieve_async(intent_id)))

    async def cancel_intent(self, intent_id: str) -> None:
        """Nobody can pay it any more."""
        await asked(self._stripe.v1.payment_intents.cancel_async(intent_id, {"cancellation_reason": "abandoned"}))

    @property
    def tells_fees(self) -> bool:
        return self._fees.may

    async def note(self, intent_id: str, metadata: Mapping[str, str]) -> Settlement | None:
        """Stripe merges it into the metadata that is there. What it took is told by the same answer."""
        found = await self._fees.ask(
            lambda expand: self._stripe.v1.payment_intents.update_async(
                intent_id, {"metadata": dict(metadata), "expand": expand}
            )
        )
        return _of_charge(found, parse_settlement)

    async def refund(
        self, intent_id: str, amount: int | None, idempotency_key: str, metadata: Mapping[str, str]
    ) -> None:
        """Asks for ``amount`` in minor units, or all that is left, to be given back."""
        params: Any = {
            "payment_intent": intent_id,
            "reason": "requested_by_customer",
            "metadata": dict(metadata),
        }
        if amount is not None:
            params["amount"] = amount
        await asked(self._stripe.v1.refunds.create_async(params, {"idempotency_key": idempotency_key}))

    async def refund_requests(self, intent_id: str) -> frozenset[str]:
        """The newest hundred."""
        made = await asked(self._stripe.v1.refunds.list_async({"payment_intent": intent_id, "limit": 100}))
        return frozenset(one.metadata["request"] for one in made.data if one.metadata and "request" in one.metadata)

    async def card_of(self, intent_id: str) -> CardUsed | None:
        """How the intent was paid, as far as Stripe tells; None where that cannot be read."""
        found = await asked(self._stripe.v1.payment_intents.retrieve_async(intent_id, {"expand": ["latest_charge"]}))
        return _of_charge(found, parse_card)


async def asked(call: Awaitable[T]) -> T:
    """The answer, or one of our errors: nothing that the SDK or the connection raises gets further."""
    try:
        return await call
    except stripe.StripeError as error:
        raise _translated(error) from error
    except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError, ValueError) as error:
        # The SDK lets these through when the connection dies while the body is read.
        raise ServiceUnavailable(no_answer("Stripe", error), code=type(error).__name__) from error


def _translated(error: stripe.StripeError) -> ServiceError:
    status = error.http_status or 0
    if isinstance(error, stripe.APIConnectionError):
        return _unreachable(error)
    words = " ".join((error.user_message or type(error).__name__).split())
    text = f"Stripe: {words} [request {error.request_id}]" if error.request_id else f"Stripe: {words}"
    # A bare APIError is an answer that is none of Stripe's: a proxy's page, say, whatever status it came with.
    unreadable = type(error) is stripe.APIError
    if unreadable and error.error is None:  # the words of the SDK hold the whole page
        text = f"Stripe's answer cannot be read (HTTP {status})"
    if unreadable or status in (0, 409, 429) or status >= 500:
        is_kept = status >= 500 and _is_repeated(error)
        kind = AnswerKept if is_kept else ServiceUnavailable
        return kind(text, code=error.code or "", retry_after=retry_after(error.headers or {}))
    # The SDK leaves it out of 401 and 403.
    code = error.code or (error.error.code if error.error else "") or _code_of(words)
    return PaymentRefused(text, _area(status, code, words), words, code=code)


def _unreachable(error: stripe.APIConnectionError) -> ServiceUnavailable:
    """The SDK tells in four lines, with whom to write to at Stripe; what the connection said is behind it."""
    if error.__cause__ is None:
        return ServiceUnavailable("Stripe is still down", code="down")
    return ServiceUnavailable(no_answer("Stripe", error.__cause__), code=type(error.__cause__).__name__)


def _code_of(words: str) -> str:
    """A word of ours for a refusal that Stripe has none for."""
    return "more_than_left" if "greater than unrefunded amount" in words else ""


def _area(status: int, code: str, words: str) -> RefusalArea:
    if status == 401:
        return RefusalArea.KEY
    if status == 403 or code in ACCOUNT_CODES:
        return RefusalArea.ACCOUNT
    if code in ("amount_too_small", "amount_too_large"):
        return RefusalArea.AMOUNT
    # It has no code of its own.
    return RefusalArea.METHODS if "payment method types" in words.lower() else RefusalArea.REQUEST


def _of_charge(found: stripe.PaymentIntent, read: Callable[[Fields], T | None]) -> T | None:
    """What ``read`` finds in the intent's charge; None where there is none, or it cannot be read."""
    try:
        charge = Fields(found.to_dict()).inner_or_none("latest_charge")
        return read(charge) if charge else None
    except InvalidInput:
        return None


def _is_repeated(error: stripe.StripeError) -> bool:
    """Whether Stripe has kept the answer under the idempotency key."""
    said = {name.lower(): value for name, value in dict(error.headers or {}).items()}
    return said.get("idempotent-replayed") == "true"


def _intent(found: stripe.PaymentIntent) -> Intent:
    fields = Fields(found.to_dict())
    try:
        status, secret = fields.word("status"), fields.word("client_secret", "")
        report = parse_intent(fields, status)
    except InvalidInput as error:
        raise ServiceUnavailable(f"Stripe's answer is no PaymentIntent: {error}") from None
    return Intent(report.intent_id, secret, status == "canceled", report)
