"""What is answered when something is not as it should be: JSON to scripts, a readable page to people."""

import logging
import math
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from checkout.errors import (
    AlreadyPaid,
    CheckoutError,
    DatabaseAway,
    InvalidInput,
    LimitReached,
    LinkExpired,
    NotFound,
    NotOnSale,
    ServiceError,
    StaleWrite,
)
from checkout.model.customer import mask_addresses
from messages.language.i18n import texts

logger = logging.getLogger(__name__)
LANGUAGE = web.RequestKey("language", str)
STRIPE_PATH = "/webhooks/stripe"
SECRET = re.compile(r"_secret_\w+|\b(sk|rk|pk|whsec|re)_\w+")
HTTP_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is for scripts, ``text`` chooses the words where they are not the code's own; ``retry_after`` in
    seconds."""

    status: int
    code: str
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def all_headers(self) -> dict[str, str]:
        wait = {} if self.retry_after is None else {"Retry-After": str(max(1, math.ceil(self.retry_after)))}
        return {**self.headers, **wait}


class UnderWay(CheckoutError):
    """The payment is with the bank or the shop already, or ``another`` for the same product: nothing is to pay now."""

    def __init__(self, *, another: bool) -> None:
        super().__init__("under way")
        self.another = another


def problem_of(error: Exception) -> Problem:
    """The answer to an error; 500 for what nobody expected."""
    match error:
        case NotFound():
            return Problem(404, "not_found")
        case AlreadyPaid():
            return Problem(409, "already_paid")
        case UnderWay():
            return Problem(409, "processing", text="another_under_way" if error.another else "")
        case LinkExpired():
            return Problem(410, "expired")
        case NotOnSale():
            return Problem(410, "unavailable", text="not_on_sale")
        case LimitReached():
            return Problem(429, "too_many_requests", retry_after=error.retry_after)
        case ServiceError() | DatabaseAway() | StaleWrite():
            return _service_problem(error)
        case InvalidInput():
            return Problem(400, "bad_request")
        case web.HTTPException():
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            code = HTTP_CODES.get(error.status, "bad_request" if error.status < 500 else "internal")
            return Problem(error.status, code, headers=allow)
    return Problem(500, "internal")


def _service_problem(error: ServiceError | DatabaseAway | StaleWrite) -> Problem:
    if not isinstance(error, ServiceError):
        return Problem(503, "unavailable", retry_after=5)
    if error.permanent:
        return Problem(502, "refused")
    return Problem(503, "unavailable", retry_after=error.retry_after or 5)


def problem_text(problem: Problem, language: str, support: str) -> str:
    """A sentence for the customer, who can write to ``support``."""
    _ = texts("page", language).gettext
    known = {
        "not_found": _("There is no payment behind this link. Check that it was copied as a whole."),
        "already_paid": _("This is paid already. There is nothing more to pay."),
        "processing": _("This payment is under way already. There is nothing to pay now."),
        "another_under_way": _(
            "A payment for this is under way already. So that you do not pay twice, there is no second one now."
        ),
        "expired": _("This payment link has expired. Ask the bot for a new one."),
        "too_many_requests": _("Too many requests. Wait a moment and try again."),
        "unavailable": _("The payment service does not answer at the moment. Try again shortly."),
        "not_on_sale": _("This cannot be bought now. Questions? Write to %(support)s.") % {"support": support},
        "refused": _("This cannot be paid at the moment, and trying again will not help. Please write to %(support)s.")
        % {"support": support},
        "bad_request": _("The request could not be understood."),
        "too_large": _("The request is too large."),
        "timeout": _("The request did not arrive in time."),
        "forbidden": _("This is not open to you."),
        "unauthorized": _("This is not open to you."),
        "method_not_allowed": _("This cannot be done here."),
    }
    return known.get(problem.text or problem.code) or _("Something went wrong on our side. Try again in a moment.")


def problem_json(problem: Problem, language: str, support: str) -> web.Response:
    body = {"error": {"code": problem.code, "message": problem_text(problem, language, support)}}
    return web.json_response(body, status=problem.status, headers=problem.all_headers)


def scrubbed(error: Exception) -> str:
    """What an error says, without secrets and addresses, for a log line."""
    return mask_addresses(SECRET.sub("…", str(error)))[:300]


def log_unexpected(request: web.Request, error: Exception) -> None:
    """One record: where it happened and what it says, without tokens, secrets and addresses."""
    said = scrubbed(error)
    if request.path == STRIPE_PATH:  # which may have come past the router
        where = STRIPE_PATH
    else:
        resource = request.match_info.route.resource
        where = resource.canonical if resource else "an unknown route"
        for value in request.match_info.values():
            said = said.replace(value, "…")
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s %s failed: %s: %s\n%s", request.method, where, type(error).__name__, said, frames)
