"""Where Stripe, Resend and Telegram tell us things. 200 means: kept. Anything else means: send it again, or mend it."""

import logging
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Literal

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time

from checkout.errors import InvalidInput, ServiceUnavailable
from web.dependencies import WebDependencies
from web.request_body import WEBHOOK_LIMIT, check_length, json_object, read_limited
from web.security import SERVER, same_secret

log = logging.getLogger(__name__)
BODY, TYPE = b'{"received": true}', "application/json"
WRITTEN = (
    f"HTTP/1.1 200 OK\r\nServer: {SERVER}\r\nContent-Type: {TYPE}\r\nContent-Length: {len(BODY)}\r\nDate: %b\r\n\r\n"
).encode() + BODY
Provider = Literal["stripe", "resend", "telegram"]


class Webhooks:
    """InvalidInput becomes a 400 and any other exception a 500: nothing was kept, so that it is sent again."""

    def __init__(self, dependencies: WebDependencies) -> None:
        self._dependencies = dependencies
        self._stripe_event, self._record = dependencies.stripe_webhook, dependencies.recorder.record
        self._refusing: set[Provider] = set()

    async def stripe(self, request: web.Request) -> web.Response:
        with _Arrival(self, "stripe") as arrival:
            if self._stripe_event is None:
                # Not a refusal: Stripe repeats it, and once there is a secret it is kept.
                raise ServiceUnavailable("STRIPE_WEBHOOK_SECRET is not set")
            check_length(request, WEBHOOK_LIMIT)
            read = self._stripe_event(_said_once(request, "Stripe-Signature"))
            event = read(await read_limited(request, WEBHOOK_LIMIT))
            arrival.type = event.type
            await self._record(event)
        return _Received()

    async def resend(self, request: web.Request) -> web.Response:
        parse, record = self._dependencies.resend_webhook, self._dependencies.record_mail_status
        if parse is None or record is None:
            raise web.HTTPNotFound
        with _Arrival(self, "resend") as arrival:
            check_length(request, WEBHOOK_LIMIT)
            read = parse(_said_once(request, "svix-id", "svix-timestamp", "svix-signature"))
            event = read(await read_limited(request, WEBHOOK_LIMIT))
            arrival.type = f"email.{event.mail_status}"
            await record(event)
        return _Received()

    async def telegram(self, request: web.Request) -> web.Response:
        """200 only once the update is handled: then Telegram forgets it."""
        handle, secret = self._dependencies.telegram_updates, self._dependencies.telegram_secret
        if handle is None:
            raise web.HTTPNotFound
        with _Arrival(self, "telegram") as arrival:
            given = request.headers.getall("X-Telegram-Bot-Api-Secret-Token", [])
            if not secret or len(given) != 1 or not same_secret(given[0], secret):
                raise web.HTTPUnauthorized
            update = json_object(await read_limited(request, WEBHOOK_LIMIT))
            arrival.type = next((name for name in update if name != "update_id"), "")
            await handle(update)
        return _Received()

    def arrived(self, arrival: "_Arrival", error: BaseException | None) -> None:
        """Counts it. The first of several that are refused is told: a secret may be mistyped here or there."""
        provider = arrival.provider
        if error is None:
            result = "recorded"
            self._refusing.discard(provider)
        else:
            is_refused = isinstance(error, InvalidInput | web.HTTPException)
            result = "refused" if is_refused else "failed"
            if is_refused and provider not in self._refusing:
                self._refusing.add(provider)
                log.warning("a webhook of %s is refused: %s", provider, error)
        self._dependencies.meter.webhook(provider, arrival.type, result, time.perf_counter() - arrival.at)


class _Arrival:
    """One webhook on its way. A class of its own because generators cost more than what is measured here."""

    __slots__ = ("_webhooks", "at", "provider", "type")

    def __init__(self, webhooks: Webhooks, provider: Provider) -> None:
        self._webhooks, self.provider = webhooks, provider
        self.type, self.at = "", time.perf_counter()

    def __enter__(self) -> "_Arrival":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._webhooks.arrived(self, error)


def _said_once(request: web.Request, *names: str) -> Mapping[str, str]:
    """The headers. Raises InvalidInput where one of ``names`` comes twice: which of the two was meant, nobody knows."""
    headers = request.headers
    for name in names:
        if len(headers.getall(name, ())) > 1:
            raise InvalidInput("a header of the signature comes twice")
    return headers


class _Received(web.Response):
    """``{"received": true}``, in one write where the connection goes on: aiohttp would compose the same text each time,
    at a tenth of what a bare webhook costs."""

    def __init__(self) -> None:
        super().__init__(body=BODY, content_type=TYPE, headers={"Server": SERVER})
        self._is_written = False

    @property
    def keep_alive(self) -> bool | None:
        return self._is_written or super().keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        goes_on = self.keep_alive is None and request.keep_alive and request.version == HttpVersion11
        transport = request.transport
        if not goes_on or transport is None or transport.is_closing():
            return await super().prepare(request)
        transport.write(WRITTEN % rfc822_formatted_time().encode())
        self._is_written = True
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        if not self._is_written:
            await super().write_eof(data)
