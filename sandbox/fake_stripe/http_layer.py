"""The outer layer of the Stripe stand-in: keys, idempotency, the operations' shape, and what a browser may see."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.fake_stripe.errors import ApiError, invalid, unauthorized
from sandbox.fake_stripe.objects import ACCOUNT_ID, API_VERSION, Wire

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Stripe-Version, Idempotency-Key",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Should-Retry",
    "Access-Control-Max-Age": "300",
}
# Which of a restricted key's permissions a path asks for; a key that may write may read.
_RESOURCES = {
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_methods": "payment_method",
    "/v1/payment_method_domains": "payment_method_domain",
    "/v1/charges": "charge",
    "/v1/refunds": "charge",
    "/v1/disputes": "dispute",
    "/v1/radar": "radar",
    "/v1/events": "event",
    "/v1/webhook_endpoints": "webhook",
    "/v1/account": "accounts_kyc_basic",
}
_LIVE = ("sk_live_", "rk_live_", "pk_live_")
_SEEN_BY_BROWSER = """id object amount amount_details automatic_payment_methods canceled_at cancellation_reason
    capture_method client_secret confirmation_method created currency description last_payment_error livemode
    next_action payment_method payment_method_types processing receipt_email setup_future_usage shipping source
    status""".split()


@dataclass(frozen=True)
class ApiRequest:
    """One admitted request: typed parameters, the id from the path."""

    object_id: str
    params: Wire
    raw_card: Any = None


@dataclass(frozen=True)
class Operation:
    """One method and path of the API; `params` names the SDK's typed dictionary. `browser`: with the public key."""

    method: str
    path: str
    params: str
    act: Callable[[ApiRequest], Wire]
    browser: bool = False


class Keys:
    """The two keys of the sandbox's account."""

    def __init__(self, secret_key: str, publishable_key: str) -> None:
        """Raises ValueError for a key of the live mode or of no mode at all."""
        for key, kinds in ((secret_key, ("sk_test_", "rk_test_")), (publishable_key, ("pk_test_",))):
            if key.startswith(_LIVE):
                raise ValueError("the sandbox refuses live keys")
            if not key.startswith(kinds):
                raise ValueError(f"the sandbox's keys begin with {' or '.join(kinds)}")
        self.secret_key, self.publishable_key = secret_key, publishable_key
        # What a restricted key may do, in Stripe's words (rak_charge_write); None: everything.
        self.permissions: frozenset[str] | None = None
        self.expiring: set[str] = set()  # rolled, and valid for a while yet

    def is_publishable(self, request: web.Request, body: Wire) -> bool:
        """Which of the keys came with the request. Raises ApiError 401 for none or another."""
        key = _presented(request) or str(body.get("key", ""))
        if not key:
            raise unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header,"
                " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
            )
        if key not in (self.secret_key, self.publishable_key, *self.expiring):
            masked = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
            raise unauthorized(f"Invalid API Key provided: {masked}", "api_key_invalid")
        return key.startswith("pk_")

    def check_permission(self, method: str, path: str) -> None:
        """Raises ApiError 403 where the key is restricted and may not do this: known before the parameters are."""
        resource = next((name for start, name in _RESOURCES.items() if path.startswith(start)), "")
        self._check(f"rak_{resource}_{'read' if method == 'GET' else 'write'}")

    def check_expansion(self, paths: list[str]) -> None:
        """Raises ApiError 403 where what is to be expanded may not be read."""
        if any(path.endswith("balance_transaction") for path in paths):
            self._check("rak_balance_read")

    def _check(self, wanted: str) -> None:
        if self.permissions is None or self.permissions & {wanted, wanted.replace("_read", "_write")}:
            return
        message = (
            f"The provided key '{self.secret_key[:8]}{'*' * 20}{self.secret_key[-6:]}' does not have the required"
            f" permissions for this endpoint on account '{ACCOUNT_ID}'. Having the '{wanted}' permission would allow"
            " this request to continue."
        )
        raise ApiError(403, "invalid_request_error", message)


def _presented(request: web.Request) -> str:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


@dataclass(frozen=True)
class ApiResponse:
    """What was answered, as it is kept under an idempotency key."""

    status: int
    body: Wire
    request_id: str


class IdempotencyKeys:
    """Idempotency keys: what each was used for, and what was answered."""

    def __init__(self) -> None:
        self._asked: dict[str, str] = {}
        self._answers: dict[str, ApiResponse] = {}
        self._running: set[str] = set()

    def begin(self, key: str, request: web.Request, body: Wire) -> ApiResponse | None:
        """The earlier answer, if any. Raises ApiError: 400 for other parameters, 409 while one is in flight."""
        if len(key) > 255:
            raise invalid("Idempotency keys can have up to 255 characters.", code="idempotency_key_too_long")
        asked = json.dumps([request.method, request.path, body], sort_keys=True, default=str)
        if self._asked.setdefault(key, asked) != asked:
            raise ApiError(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used"
                f" with. Try using a key other than '{key}' if you meant to execute a different request.",
            )
        if key in self._answers:
            return self._answers[key]
        if key in self._running:
            raise ApiError(
                409,
                "invalid_request_error",
                "There is currently another in-progress request using this Idempotent Key (that probably means"
                f" you submitted twice, and the other request is still going through): {key}.",
                code="idempotency_key_in_use",
            )
        self._running.add(key)
        return None

    def end(self, key: str, answer: ApiResponse | None) -> None:
        """Keeps the answer; one that never came to work (bad parameters, no key) leaves the key free."""
        self._running.discard(key)
        if answer is None or answer.status == 401 or _never_began(answer):
            self._asked.pop(key, None)
        else:
            self._answers[key] = answer


def _never_began(answer: ApiResponse) -> bool:
    code = str(answer.body.get("error", {}).get("code", ""))
    return answer.status == 400 and code.startswith("parameter_")


def for_browser(thing: Wire) -> Wire:
    """An intent (or an error that holds one) without what only the server may see."""
    if "error" in thing:
        error = dict(thing["error"])
        if "payment_intent" in error:
            error["payment_intent"] = for_browser(error["payment_intent"])
        return {"error": error}
    return {name: thing[name] for name in _SEEN_BY_BROWSER}


def written(answer: ApiResponse, replayed: bool = False) -> web.Response:
    """The HTTP response."""
    from_stripe = {**CORS, "Request-Id": answer.request_id, "Stripe-Version": API_VERSION}
    from_stripe["Cache-Control"] = "no-cache, no-store"
    if replayed:
        from_stripe["Idempotent-Replayed"] = "true"
        from_stripe["Original-Request"] = answer.request_id
    return web.json_response(answer.body, status=answer.status, headers=from_stripe)
