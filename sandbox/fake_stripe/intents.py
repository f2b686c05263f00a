"""The life of a PaymentIntent: made, confirmed, challenged, processed, paid, declined, canceled."""

import copy
import math
from typing import Any

from sandbox.fake_stripe import objects
from sandbox.fake_stripe.cards import PAYMENT_METHODS, CardDetails, card_by_number, decline_named, read_card
from sandbox.fake_stripe.currencies import check_amount
from sandbox.fake_stripe.errors import ApiError, invalid, no_such, unexpected_state
from sandbox.fake_stripe.objects import Wire, now
from sandbox.fake_stripe.store import Store, Switches, Timers
from sandbox.fake_stripe.vouchers import NOTHING_FOLLOWS, VOUCHERS, expired, next_action, voucher_method

MOST_ATTEMPTS = 10  # the real limit varies; its documentation only says that there is one
_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
_AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new"
    " PaymentMethod to attempt to fulfill this PaymentIntent again."
)
_NEEDS_RETURN_URL = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these"
    " payment methods might redirect your customer off of your page, you must provide a `return_url`."
)


class Intents:
    """Moves intents; `after_payment` is told each charge that succeeded."""

    def __init__(self, store: Store, switches: Switches, timers: Timers) -> None:
        self._store, self._switches, self._timers = store, switches, timers
        self._failures: dict[str, int] = {}
        self._authenticated: set[str] = set()
        self.base_url = ""
        self.after_payment: Any = lambda charge: None

    def create(self, params: Wire) -> Wire:
        """Raises ApiError for what the service refuses."""
        if "customer" in params:
            raise no_such("customer", params["customer"], "customer", 400)
        _check_unsupported(params)
        _check_descriptor(params)
        params["currency"] = check_amount(params["amount"], params["currency"])
        method = self._method(params)
        intent = self._store.keep(objects.payment_intent(params))
        if method is not None:
            intent.update(payment_method=method["id"], status="requires_confirmation")
        self._store.emit("payment_intent.created", intent)
        return self.confirm(intent, params) if params.get("confirm") else intent

    def update(self, intent: Wire, params: Wire) -> Wire:
        """Changes what may still be changed."""
        money = [name for name in ("amount", "currency") if name in params]
        if money and intent["status"] not in ("requires_payment_method", "requires_confirmation"):
            raise unexpected_state(
                intent,
                f"This PaymentIntent's {money[0]} could not be updated because it has a status of {intent['status']}.",
            )
        _check_unsupported(params)
        _check_descriptor(params)
        amount: int = params["amount"] if "amount" in params else intent["amount"]
        currency = check_amount(amount, params["currency"] if "currency" in params else intent["currency"])
        intent.update(amount=amount, currency=currency)
        for name in ("description", "receipt_email", "shipping", "statement_descriptor", "transfer_group"):
            if name in params:
                intent[name] = params[name] or None
        return intent

    def confirm(self, intent: Wire, params: Wire, raw_card: Any = None) -> Wire:
        """Tries to pay. `raw_card`: the card as the browser's form sends it. Raises ApiError 402 on a decline."""
        self._check_confirmable(intent)
        method = self._method(params, raw_card) or self._current_method(intent)
        redirects = (intent["automatic_payment_methods"] or {}).get("allow_redirects") == "always"
        if redirects and not params.get("return_url"):
            raise invalid(_NEEDS_RETURN_URL, "return_url")
        intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
        if method["type"] in VOUCHERS:
            return self._hand_out_voucher(intent, method["type"])
        challenge = self._challenge(method)
        if challenge == "none":
            return self._attempt(intent)
        intent.update(status="requires_action", next_action=self._next_action(intent, params, challenge))
        self._store.emit("payment_intent.requires_action", intent)
        return intent

    def authenticate(self, intent: Wire, complete: bool) -> bool:
        """The bank's answer to a challenge; whether the payment goes on. Nothing when none is open."""
        if intent["status"] != "requires_action":
            return intent["status"] in ("succeeded", "processing")
        intent["next_action"] = None
        if not complete:
            self._fail(intent, ApiError(
                400, "invalid_request_error", _AUTHENTICATION_FAILED, code="payment_intent_authentication_failure",
            ))  # fmt: skip
            return False
        self._authenticated.add(intent["id"])
        try:
            self._attempt(intent)
        except ApiError:
            return False
        return True

    def pay_voucher(self, intent: Wire) -> None:
        """The customer has paid it, and the money has come; nothing where none is waited for."""
        if self._waits_for_voucher(intent):
            intent["next_action"] = None
            self._succeed(intent)

    def expire_voucher(self, intent: Wire) -> None:
        """Nobody has paid it in time; nothing where none is waited for."""
        if self._waits_for_voucher(intent):
            intent["next_action"] = None
            self._fail(intent, expired())

    def _hand_out_voucher(self, intent: Wire, kind: str) -> Wire:
        seconds = VOUCHERS[kind].seconds
        action = next_action(kind, intent["id"], self.base_url, now() + seconds)
        intent.update(status="requires_action", next_action=action)
        self._store.emit("payment_intent.requires_action", intent)
        self._timers.after(seconds, self._expire_this_voucher, intent, action)
        return intent

    def _expire_this_voucher(self, intent: Wire, action: Wire) -> None:
        if intent["next_action"] is action:
            self.expire_voucher(intent)

    def _waits_for_voucher(self, intent: Wire) -> bool:
        return str((intent["next_action"] or {}).get("type", "")).endswith("_display_details")

    def cancel(self, intent: Wire, reason: str | None) -> Wire:
        """Raises ApiError 400 when it is too late."""
        if intent["status"] not in _CANCELABLE:
            allowed = ", ".join(_CANCELABLE)
            raise unexpected_state(
                intent,
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a"
                f" PaymentIntent with one of the following statuses may be canceled: {allowed}.",
            )
        intent.update(status="canceled", canceled_at=now(), cancellation_reason=reason)
        intent.update(next_action=None, processing=None)
        self._store.emit("payment_intent.canceled", intent)
        return intent

    def release_processing(self, intent: Wire, succeed: bool) -> None:
        """Ends the waiting of an intent in ``processing``; nothing in another status."""
        if intent["status"] != "processing":
            return
        intent["processing"] = None
        if succeed:
            self._succeed(intent)
        else:
            self._decline(intent, "generic_decline")

    def _check_confirmable(self, intent: Wire) -> None:
        status = intent["status"]
        if status == "succeeded":
            message = "You cannot confirm this PaymentIntent because it has already succeeded after being"
            raise unexpected_state(intent, f"{message} previously confirmed.")
        if status in _CONFIRMABLE and self._failures.get(intent["id"], 0) >= MOST_ATTEMPTS:
            status = self.cancel(intent, "automatic")["status"]
        if status not in _CONFIRMABLE:
            raise unexpected_state(
                intent,
                f"You cannot confirm this PaymentIntent because it has a status of {status}. Only a PaymentIntent"
                " with one of the following statuses may be confirmed: requires_confirmation, requires_action.",
            )

    def _method(self, params: Wire, raw_card: Any = None) -> Wire | None:
        if raw_card is not None:
            billing = (params.get("payment_method_data") or {}).get("billing_details")
            return self._keep_method(read_card(raw_card), billing)
        kind = (params.get("payment_method_data") or {}).get("type")
        if kind in VOUCHERS:
            method = self._store.keep(voucher_method(kind, params["payment_method_data"].get("billing_details")))
            self._store.cards[method["id"]] = NOTHING_FOLLOWS
            return method
        name = params.get("payment_method")
        if name in PAYMENT_METHODS:
            return self._keep_method(CardDetails(card_by_number(PAYMENT_METHODS[name]), 12, 2034), None)
        return self._store.find("payment_method", name, "payment_method", 400) if name else None

    def _keep_method(self, details: CardDetails, billing: Wire | None) -> Wire:
        method = self._store.keep(objects.payment_method(details, billing))
        self._store.cards[method["id"]] = details
        return method

    def _current_method(self, intent: Wire) -> Wire:
        if intent["payment_method"] is None:
            message = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise unexpected_state(intent, f"{message} You can either update the PaymentIntent or pass one.")
        return self._store.payment_methods[intent["payment_method"]]

    def _challenge(self, method: Wire) -> str:
        asked = self._store.cards[method["id"]].card.challenge
        return "modal" if asked == "none" and self._switches.require_3ds else asked

    def _next_action(self, intent: Wire, params: Wire, challenge: str) -> Wire:
        bank = f"{self.base_url}/bank/3ds/{intent['id']}"
        if challenge == "modal" and params.get("use_stripe_sdk"):
            sdk = {"type": "three_d_secure_redirect", "stripe_js": f"{bank}?modal=1"}
            return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
        redirect = {"url": bank, "return_url": params.get("return_url")}
        return {"type": "redirect_to_url", "redirect_to_url": redirect}

    def _attempt(self, intent: Wire) -> Wire:
        details = self._store.cards[intent["payment_method"]]
        declined = self._switches.decline or details.card.decline
        if declined:
            raise self._decline(intent, declined)
        seconds = self._switches.processing_seconds
        if seconds is None:
            return self._succeed(intent)
        intent.update(status="processing", processing={"type": "card", "card": {}})
        self._store.emit("payment_intent.processing", intent)
        if not math.isinf(seconds):
            self._timers.after(seconds, self.release_processing, intent, True)
        return intent

    def _succeed(self, intent: Wire) -> Wire:
        charge = self._store.keep(self._charge(intent))
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        self._store.emit("charge.succeeded", charge)
        self._store.emit("payment_intent.succeeded", intent)
        self.after_payment(charge)
        return intent

    def _charge(self, intent: Wire, **decline: Any) -> Wire:
        method = self._store.payment_methods[intent["payment_method"]]
        return objects.charge(intent, method, authenticated=intent["id"] in self._authenticated, **decline)

    def _decline(self, intent: Wire, decline_code: str) -> ApiError:
        told = decline_named(decline_code)
        charge = self._store.keep(self._charge(intent, decline_code=decline_code, decline=told))
        intent["latest_charge"] = charge["id"]
        self._store.emit("charge.failed", charge)
        return self._fail(intent, ApiError(
            402, "card_error", told.message, code=told.code, decline_code=decline_code, charge=charge["id"],
            advice_code=told.advice, network_decline_code=told.network_code,
        ))  # fmt: skip

    def _fail(self, intent: Wire, error: ApiError) -> ApiError:
        """Puts the intent back to its beginning; the error to answer with, holding the intent as it is."""
        self._failures[intent["id"]] = self._failures.get(intent["id"], 0) + 1
        error.fields["payment_method"] = self._store.payment_methods[intent["payment_method"]]
        intent.update(last_payment_error=dict(error.fields), payment_method=None)
        intent.update(status="requires_payment_method", processing=None)
        self._store.emit("payment_intent.payment_failed", intent)
        error.fields["payment_intent"] = copy.deepcopy(intent)
        return error


def _check_unsupported(params: Wire) -> None:
    if params.get("capture_method") == "manual" or params.get("confirmation_method") == "manual":
        raise invalid("The sandbox takes payments at once; it has no manual capture or confirmation.")


def _check_descriptor(params: Wire) -> None:
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = params.get(name) or ""
        if any(character in text for character in "<>\\'\"*"):
            raise invalid("The statement descriptor contains one of the characters < > \\ ' \" *", name)
