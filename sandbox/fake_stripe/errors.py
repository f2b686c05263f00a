"""Stripe's errors in Stripe's shape; each is raised where it is found and written out by the HTTP layer."""

import copy
from typing import Any


class ApiError(Exception):
    """An answer that is an error: HTTP `status` and the fields of the ``error`` object."""

    def __init__(self, status: int, kind: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.fields: dict[str, Any] = {"type": kind, "message": message}
        self.fields.update({name: value for name, value in fields.items() if value is not None})
        code = fields.get("code")
        if code is not None:
            self.fields["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"


def invalid(message: str, param: str | None = None, code: str | None = None, **fields: Any) -> ApiError:
    """A request that cannot be right: 400."""
    return ApiError(400, "invalid_request_error", message, param=param, code=code, **fields)


def own_failure() -> ApiError:
    """It went wrong at Stripe: 500. Whether the request was carried out nobody knows."""
    return ApiError(500, "api_error", "An unknown error occurred")


def no_such(what: str, object_id: str, param: str = "id", status: int = 404) -> ApiError:
    """An object that does not exist: 404 in the path, 400 in a parameter."""
    message = f"No such {what}: '{object_id}'"
    return ApiError(status, "invalid_request_error", message, code="resource_missing", param=param)


def unauthorized(message: str, code: str | None = None) -> ApiError:
    """A wrong or missing key: 401."""
    return ApiError(401, "invalid_request_error", message, code=code)


def unexpected_state(intent: dict[str, Any], message: str) -> ApiError:
    """A step that the intent's status does not allow: 400, with the intent as it is."""
    return invalid(message, code="payment_intent_unexpected_state", payment_intent=copy.deepcopy(intent))


def refused_for_good() -> dict[str, ApiError]:
    """What no repetition mends, by what must be mended."""
    no_methods = (
        "No valid payment method types for this Payment Intent. Please ensure that you have activated payment methods"
        " compatible with your chosen currency in your dashboard."
    )
    forbidden = (
        "The provided key 'rk_test_********1234' does not have the required permissions for this endpoint. Having the"
        " 'Payment Intents Write' permission would allow this request to continue."
    )
    return {
        "expired key": unauthorized("Expired API Key provided: sk_test_********1234", "api_key_expired"),
        "restricted key": ApiError(403, "invalid_request_error", forbidden),
        "account": ApiError(
            403, "invalid_request_error", "Your account cannot currently make charges.", code="account_invalid"
        ),
        "amount": invalid("Amount must be at least €0.50 eur", "amount", "amount_too_small"),
        "methods": invalid(no_methods),
    }
