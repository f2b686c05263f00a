"""The Stripe stand-in: the API of the pinned version, webhooks and the pages of Stripe.js, on loopback."""

import asyncio
import functools
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from sandbox.base.fake_server import BODY, StandIn
from sandbox.base.waiting import LONGEST
from sandbox.fake_stripe import pages
from sandbox.fake_stripe.cards import card_by_number
from sandbox.fake_stripe.errors import ApiError, unauthorized
from sandbox.fake_stripe.http_layer import (
    CORS,
    ApiRequest,
    ApiResponse,
    IdempotencyKeys,
    Keys,
    Operation,
    for_browser,
    written,
)
from sandbox.fake_stripe.intents import Intents
from sandbox.fake_stripe.lists import expand
from sandbox.fake_stripe.objects import API_VERSION, Wire, new_id
from sandbox.fake_stripe.operations import Operations
from sandbox.fake_stripe.params import check
from sandbox.fake_stripe.refunds import Aftermath
from sandbox.fake_stripe.store import Store, Switches, Timers
from sandbox.fake_stripe.webhooks import Attempt, Webhooks

SECRET_KEY = "sk_test_sandbox_51CheckoutSandboxSecretKey"
PUBLISHABLE_KEY = "pk_test_sandbox_51CheckoutSandboxPublishableKey"
_BROWSER_ONLY = frozenset({"key", "client_secret"})


class StripeStandIn(StandIn):
    """Stripe for tests and the desk. Raises ValueError for a live key.

    `settle_seconds`: how long after a payment a test card's dispute or a pending refund's end comes.
    `retry_pause`: the first pause between attempts of a webhook, doubling up to 15 s.
    """

    service = "stripe"

    def __init__(
        self,
        secret_key: str = SECRET_KEY,
        publishable_key: str = PUBLISHABLE_KEY,
        *,
        settle_seconds: float = 1.0,
        retry_pause: float = 0.5,
        most_attempts: int = 20,
    ) -> None:
        super().__init__()
        self.keys = Keys(secret_key, publishable_key)
        self.secret_key, self.publishable_key = secret_key, publishable_key
        self.switches = Switches()
        self.store = Store()
        self._timers, self._idempotency_keys = Timers(), IdempotencyKeys()
        self._intents = Intents(self.store, self.switches, self._timers)
        self._aftermath = Aftermath(self.store, self._timers, settle_seconds)
        self.webhooks = Webhooks(self.store, self.switches, self.log, retry_pause, most_attempts)
        self._intents.after_payment = self._aftermath.after_payment
        self.store.on_event = self.webhooks.take
        self.store.endpoints_for = self.webhooks.wanting
        self._operations = Operations(self.store, self._intents, self._aftermath, self.webhooks)
        self._add_routes()

    def _add_routes(self) -> None:
        for operation in self._operations.all():
            serve = functools.partial(self._serve, operation)
            self.app.router.add_route(operation.method, operation.path, serve)
        self.app.router.add_route("OPTIONS", "/v1/{tail:.*}", _preflight)
        pages.add_routes(self.app, self.store, self._intents, self.switches)

    async def start(self, port: int = 0) -> str:
        self._intents.base_url = await super().start(port)
        return self.url

    async def stop(self) -> None:
        await super().stop()
        self._timers.close()
        await self.webhooks.close()

    def is_api(self, request: web.Request) -> bool:
        return request.path.startswith("/v1/") and request.method != "OPTIONS"

    def error_response(self, status: int, code: str, message: str) -> web.Response:
        if status in (404, 405):
            message = "Unrecognized request URL. Please see https://stripe.com/docs"
        kind = "api_error" if status >= 500 else "invalid_request_error"
        error = {"type": kind, "message": message}
        if status == 429:
            error["code"] = code
        return written(ApiResponse(404 if status == 405 else status, {"error": error}, new_id("req", 14)))

    async def _serve(self, operation: Operation, request: web.Request) -> web.Response:
        body: Wire = request[BODY]
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        request_id = new_id("req", 14)
        try:
            publishable = self._admit(operation, request, body)
            earlier = self._idempotency_keys.begin(key, request, body) if key else None
        except ApiError as error:
            return self._written(request, _failed(error, request_id, browser=False))
        if earlier is not None:
            return self._written(request, earlier, replayed=True)
        answer: ApiResponse | None = None
        try:
            await asyncio.sleep(self.switches.answer_seconds)
            with self.store.requested(request_id, key):
                answer = self._answer_to(operation, request.match_info.get("id", ""), body, publishable, request_id)
        finally:
            if key:
                self._idempotency_keys.end(key, answer)
        return self._written(request, answer)

    def _admit(self, operation: Operation, request: web.Request, body: Wire) -> bool:
        publishable = self.keys.is_publishable(request, body)
        if publishable and (not operation.browser or "client_secret" not in body):
            raise unauthorized(
                "This API call cannot be made with a publishable API key. Please use a secret API key.",
                "secret_key_required",
            )
        return publishable

    def _answer_to(
        self, operation: Operation, object_id: str, body: Wire, publishable: bool, request_id: str
    ) -> ApiResponse:
        try:
            self._refuse(operation, publishable)
            if not publishable:
                self.keys.check_permission(operation.method, operation.path)
            raw_card, body = _take_card(body) if publishable else (None, body)
            params = check(operation.params, body, _BROWSER_ONLY if publishable else frozenset())
            if not publishable:
                self.keys.check_expansion(params.get("expand", []))
            result = operation.act(ApiRequest(object_id, params, raw_card))
            result = expand(result, params.get("expand", []), self.store)
        except ApiError as error:
            return _failed(error, request_id, publishable)
        return ApiResponse(200, for_browser(result) if publishable else result, request_id)

    def _refuse(self, operation: Operation, publishable: bool) -> None:
        refusal = self.switches.refusal
        if refusal and not publishable and operation.path.startswith(("/v1/payment_intents", "/v1/refunds")):
            raise refusal

    def _written(self, request: web.Request, answer: ApiResponse, replayed: bool = False) -> web.Response:
        error = answer.body.get("error", {})
        told = error.get("decline_code") or error.get("code") or error.get("type") or "ok"
        text = f"{request.method} {request.path}: {answer.status} {told}{' (replayed)' if replayed else ''}"
        self.log(text, status=answer.status, request_id=answer.request_id)
        return written(answer, replayed)

    # What the desk and tests do to the service.

    @property
    def payment_intents(self) -> dict[str, Wire]:
        return self.store.payment_intents

    @property
    def charges(self) -> dict[str, Wire]:
        return self.store.charges

    @property
    def refunds(self) -> dict[str, Wire]:
        return self.store.refunds

    @property
    def disputes(self) -> dict[str, Wire]:
        return self.store.disputes

    @property
    def events(self) -> list[Wire]:
        return self.store.events

    @property
    def attempts(self) -> list[Attempt]:
        """Every try to deliver a webhook."""
        return self.webhooks.attempts

    def add_endpoint(self, url: str, secret: str, events: Sequence[str] = ("*",)) -> str:
        """Sends events to `url` from now on, in the version that the stand-in speaks; the endpoint's id."""
        params = {"url": url, "enabled_events": list(events), "api_version": API_VERSION}
        made = self._operations.add_endpoint(params, secret)
        return str(made["id"])

    def create_payment_intent(self, params: Wire) -> Wire:
        """As by the API, with parameters already typed. Raises ApiError."""
        return self._intents.create(dict(params))

    def pay(self, payment_intent_id: str, number: str = "4242424242424242") -> Wire:
        """Confirms with a card as the browser does; the intent as it then is, whether paid or declined."""
        intent = self.store.find("payment_intent", payment_intent_id)
        cvc = "1234" if card_by_number(number).brand == "amex" else "123"
        card = {"number": number, "exp_month": "12", "exp_year": "34", "cvc": cvc}
        params = {"return_url": "https://example.com/done", "use_stripe_sdk": True}
        try:
            self._intents.confirm(intent, params, card)
        except ApiError as error:
            if error.status != 402:
                raise
        return intent

    def hand_out_voucher(self, payment_intent_id: str, kind: str = "boleto") -> Wire:
        """Confirms with a voucher (``boleto konbini multibanco oxxo``): the intent, which waits until it is paid."""
        params = {"return_url": "https://example.com/done", "payment_method_data": {"type": kind}}
        return self._intents.confirm(self.store.find("payment_intent", payment_intent_id), params)

    def pay_voucher(self, payment_intent_id: str) -> None:
        """At the till."""
        self._intents.pay_voucher(self.store.find("payment_intent", payment_intent_id))

    def expire_voucher(self, payment_intent_id: str) -> None:
        """Its time is over."""
        self._intents.expire_voucher(self.store.find("payment_intent", payment_intent_id))

    def authenticate(self, payment_intent_id: str, complete: bool = True) -> bool:
        """Answers an open 3D Secure challenge for the bank; whether the payment goes on."""
        return self._intents.authenticate(self.store.find("payment_intent", payment_intent_id), complete)

    def release_processing(self, payment_intent_id: str, succeed: bool = True) -> None:
        """Ends ``processing`` now."""
        self._intents.release_processing(self.store.find("payment_intent", payment_intent_id), succeed)

    def cancel(self, payment_intent_id: str) -> Wire:
        """As from the dashboard. Raises ApiError when it is too late."""
        return self._intents.cancel(self.store.find("payment_intent", payment_intent_id), None)

    def refund(self, payment_intent_id: str, amount: int | None = None) -> Wire:
        """As from the dashboard; `amount` in minor units, None for what is left. Raises ApiError."""
        params: dict[str, Any] = {"payment_intent": payment_intent_id}
        return self._aftermath.refund(params if amount is None else {**params, "amount": amount})

    def dispute(self, payment_intent_id: str, reason: str = "fraudulent") -> Wire:
        """The customer's bank takes the money back."""
        return self._aftermath.dispute(self._charge_of(payment_intent_id), reason)

    def close_dispute(self, dispute_id: str, won: bool) -> None:
        """The bank decides."""
        self._aftermath.close_dispute(self.store.find("dispute", dispute_id), won)

    def fraud_warning(self, payment_intent_id: str) -> Wire:
        """The card network suspects fraud."""
        return self._aftermath.warn(self._charge_of(payment_intent_id))

    def _charge_of(self, payment_intent_id: str) -> Wire:
        intent = self.store.find("payment_intent", payment_intent_id)
        return self.store.find("charge", intent["latest_charge"] or "")

    async def deliver(self, event_id: str) -> None:
        """Sends an event now, whatever the switch says, and waits until nothing is under way."""
        self.resend(event_id)
        await self.wait_delivered()

    def resend(self, event_id: str) -> None:
        """Sends an event (again), with retries, without waiting."""
        self.webhooks.send(self.store.find_event(event_id))

    async def wait_delivered(self, seconds: float = LONGEST) -> None:
        """Waits until no delivery is under way. Raises TimeoutError after so many seconds."""
        await self.webhooks.wait_delivered(seconds)


def _failed(error: ApiError, request_id: str, browser: bool) -> ApiResponse:
    log = f"https://dashboard.stripe.com/test/logs/{request_id}"
    body = {"error": {**error.fields, "request_log_url": log}}
    return ApiResponse(error.status, for_browser(body) if browser else body, request_id)


def _take_card(body: Wire) -> tuple[Any, Wire]:
    """The card from the browser's form, and the parameters without it; the record of calls loses it too."""
    data = body.get("payment_method_data")
    if not isinstance(data, dict) or data.get("type") != "card":
        return None, body
    card = data.pop("card", {})
    # the SDK's types are the server's and know no typed-in cards: another kind stands in for the check
    return card, {**body, "payment_method_data": {**data, "type": "link"}}


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=204, headers=CORS)
