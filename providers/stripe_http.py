"""Stripe's SDK over the session that the whole application shares, each request timed; one at a time in an outage."""

from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
import stripe

from checkout import limits
from checkout.errors import InvalidInput
from checkout.ports.runtime import Meter
from checkout.resilience.circuit_breaker import CircuitBreaker, StillDown
from checkout.resilience.metering import timed
from checkout.resilience.no_answer import no_answer
from checkout.resilience.patience import patience
from providers.fields import json_value
from providers.metric_labels import operation_of

Answer = tuple[bytes, int, Mapping[str, str]]
# In the place of what is no answer of Stripe's. The library takes any JSON for one: breaks down over it, or finds all
# done.
UNREADABLE = b""


class _Object(msgspec.Struct):
    """The API promises ``object`` of all; where it lacks, an ``id`` is a word of Stripe's, too."""

    id: str | None = None
    object: str | None = None


class _Row(msgspec.Struct):
    id: str


class _List(msgspec.Struct):
    data: list[_Row]
    has_more: bool


class _Error(msgspec.Struct):
    type: str | None = None
    code: str | None = None
    message: str | None = None


class _Refusal(msgspec.Struct):
    error: _Error


class TimedStripe(stripe.AIOHTTPClient):
    def __init__(self, session: aiohttp.ClientSession, meter: Meter, breaker: CircuitBreaker | None) -> None:
        super().__init__(timeout=aiohttp.ClientTimeout(), session=session)  # the limit is ours
        self._meter, self._breaker = meter, breaker

    async def request_async(self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None) -> Answer:
        if self._breaker is None:
            return await self._timed(method, url, headers, post_data)
        whom = headers.get("Idempotency-Key") or f"{method} {url.partition('?')[0]}"

        def ask() -> Awaitable[Answer]:
            return self._timed(method, url, headers, post_data)

        try:
            return await self._breaker.call(ask, says_stripe_is_down, whom)
        except StillDown:
            error = stripe.APIConnectionError("still down", should_retry=False)  # type: ignore[no-untyped-call]
            raise error from None

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Who follows a redirection asks for all refunds in the place of one more, and gets them."""
        args, kwargs = super()._get_request_args_kwargs(method, url, headers, post_data)
        return args, {**kwargs, "allow_redirects": False}

    async def _timed(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        with timed(self._meter, "stripe", operation_of(method, url.rpartition("/v1/")[2])) as call:
            try:
                async with patience(limits.stripe_timeout().total_seconds()):
                    answer = await super().request_async(method, url, headers, post_data)
            except TimeoutError as error:
                raise stripe.APIConnectionError("no answer in time", should_retry=True) from error  # type: ignore[no-untyped-call]
            body, status, said = answer
            call.answered(status)
            return (body if _is_stripes(body, status) else UNREADABLE), status, said


def says_stripe_is_down(outcome: Answer | Exception) -> str | None:
    """Why the outcome of a request means that Stripe is away; None when it is there, whatever it refuses."""
    if isinstance(outcome, Exception):
        behind = outcome.__cause__ or outcome
        return f"{no_answer('Stripe', behind)} ({type(behind).__name__})"
    body, status, _ = outcome
    if status >= 500 or status == 429:
        return f"Stripe answers with HTTP {status}"
    return None if body != UNREADABLE else "Stripe's answer cannot be read"


def _is_stripes(body: bytes, status: int) -> bool:
    """Whether it is made as all answers of Stripe's are. What stands before it may answer in JSON, too."""
    try:
        answer = json_value(body)
        if status >= HTTPStatus.BAD_REQUEST:
            msgspec.convert(answer, _Refusal)
            return True
        found = msgspec.convert(answer, _Object)
        if found.object == "list":
            msgspec.convert(answer, _List)
    except (InvalidInput, msgspec.ValidationError):
        return False
    return bool(found.object or found.id)
