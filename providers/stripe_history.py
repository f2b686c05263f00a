"""What Stripe remembers: its events of the last thirty days, and the objects as they are now."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp

from checkout.errors import InvalidInput, ServiceUnavailable
from checkout.model import keys
from checkout.model.events import DisputeReport, IntentReport, ProviderEvent, RefundReport
from checkout.ports.runtime import Meter
from checkout.resilience.backoff import backoff, is_short
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.metering import SILENT
from providers.fields import Fields
from providers.stripe_events import HANDLED_TYPES, parse_dispute, parse_event, parse_intent, parse_refund
from providers.stripe_gateway import AskingForFees, asked, stripe_client

log = logging.getLogger(__name__)
PAGE = 100
# Months of events are many pages: one that fails is asked for again before the whole is given up.
TRIES = 3


class StripeHistory:
    """A PaymentHistory over Stripe's lists; each page is one request."""

    def __init__(
        self,
        secret_key: str,
        session: aiohttp.ClientSession,
        api_url: str | None,
        meter: Meter = SILENT,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._v1 = stripe_client(secret_key, session, api_url, meter, breaker).v1
        self._fees_of_one, self._fees_of_many = AskingForFees(), AskingForFees("data.")

    async def events(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        params = {"types": list(HANDLED_TYPES)}
        async for rows, _ in _pages(self._v1.events.list_async, since, params):
            yield _parsed(rows, lambda event: [parse_event(event)])

    async def objects(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        async for rows, asked_at in _pages(self._intents, since, {}):
            yield _parsed(rows, partial(found_in_intent, asked_at=asked_at))
        async for rows, asked_at in _pages(self._v1.refunds.list_async, since, {}):
            yield _parsed(rows, partial(_found_in_refund, asked_at=asked_at))
        async for rows, asked_at in _pages(self._v1.disputes.list_async, since, {}):
            yield _parsed(rows, partial(_found_in_dispute, asked_at=asked_at))

    async def _intents(self, wanted: dict[str, Any]) -> Any:
        list_: Callable[[Any], Any] = self._v1.payment_intents.list_async
        return await self._fees_of_many.ask(lambda expand: list_({**wanted, "expand": expand}))

    async def look_up(self, intent_id: str) -> Sequence[ProviderEvent]:
        found = await self._fees_of_one.ask(
            lambda expand: self._v1.payment_intents.retrieve_async(intent_id, {"expand": expand})
        )
        return _parsed([found.to_dict()], partial(found_in_intent, asked_at=_time_of(found)))


async def _pages(
    list_: Callable[..., Any], since: datetime, params: dict[str, Any]
) -> AsyncIterator[tuple[list[Any], datetime | None]]:
    """Newest first, a page at a time, by the id of the last one seen: what is added meanwhile shifts nothing."""
    wanted = {**params, "limit": PAGE, "created": {"gte": int(since.timestamp())}}
    while True:
        found = await _patiently(lambda: list_(wanted))
        rows = _rows(found)
        yield rows, _time_of(found)
        if not found.has_more or not rows:
            return
        wanted["starting_after"] = rows[-1]["id"]


def _rows(found: Any) -> list[Any]:
    return found.to_dict().get("data") or []


def _time_of(found: Any) -> datetime | None:
    """When Stripe answered, by its own clock; None where the answer does not say."""
    headers = {name.lower(): value for name, value in dict(found.last_response.headers).items()}
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


async def _patiently(ask: Callable[[], Any]) -> Any:
    for tries in range(1, TRIES):
        try:
            return await asked(ask())
        except ServiceUnavailable as error:
            if not is_short(error.retry_after):
                raise
            await asyncio.sleep(backoff(tries, error.retry_after).total_seconds())
    return await asked(ask())


def _parsed(rows: Sequence[object], parse: Callable[[Fields], Sequence[ProviderEvent]]) -> list[ProviderEvent]:
    """An object that is not as published is another program's business, or will come by webhook."""
    found: list[ProviderEvent] = []
    for row in rows:
        try:
            found += parse(Fields(row))
        except InvalidInput as error:
            log.warning("Stripe lists what is not as published: %s", error)
    return found


def found_in_intent(intent: Fields, asked_at: datetime | None) -> list[ProviderEvent]:
    """What a PaymentIntent as it is now asserts. Raises InvalidInput for what is none.

    A decline without a charge is left to Stripe's own event: nothing here tells it from the one told before.
    """
    charge = intent.inner_or_none("latest_charge")
    at = (charge if charge and intent.word("status") == "succeeded" else intent).time("created")
    report = parse_intent(intent, _kind_of(intent))
    asserted = report.kind
    if report.kind in ("processing", "payment_failed"):
        asserted = f"{report.kind}/{report.charge or report.method}"
    if report.kind == "payment_failed" and not report.charge:
        report = parse_intent(intent, "created")
    return [_found(report.intent_id, asserted, f"payment_intent.{report.kind}", at, report.livemode, report, asked_at)]


def _kind_of(intent: Fields) -> str:
    status = intent.word("status")
    if status in ("succeeded", "processing", "canceled"):
        return status
    return "payment_failed" if intent.inner_or_none("last_payment_error") else "created"


def _found_in_refund(refund: Fields, asked_at: datetime | None) -> list[ProviderEvent]:
    report = parse_refund(refund)
    return [_aftermath(refund, "refund.updated", report.refund_id, report, asked_at)] if report else []


def _found_in_dispute(dispute: Fields, asked_at: datetime | None) -> list[ProviderEvent]:
    report = parse_dispute(dispute)
    return [_aftermath(dispute, "charge.dispute.updated", report.dispute_id, report, asked_at)] if report else []


def _aftermath(
    thing: Fields, type_: str, id_: str, report: RefundReport | DisputeReport, asked_at: datetime | None
) -> ProviderEvent:
    at, livemode = thing.time("created"), thing.flag("livemode", False)
    return _found(id_, report.status, type_, at, livemode, report, asked_at)


def _found(
    id_: str,
    asserted: str,
    type_: str,
    at: datetime,
    livemode: bool,
    report: IntentReport | RefundReport | DisputeReport,
    asked_at: datetime | None,
) -> ProviderEvent:
    return ProviderEvent(keys.found_event(id_, asserted, asked_at), type_, at, livemode, report, asked_at)
