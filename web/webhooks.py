"""Where Stripe, Resend and Telegram tell us things. 200 means: kept. Anything else means: send it again, or mend it."""

from aiohttp import web

from web.bodies import WEBHOOK_LIMIT, json_object, read_limited
from web.health import same_secret
from web.parts import WebParts

RECEIVED = b'{"received": true}'


class Webhooks:
    """InvalidInput becomes a 400 and any other exception a 500: nothing was kept, so that it is sent again."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._stripe_event, self._record = parts.stripe_webhook, parts.recorder.record

    async def stripe(self, request: web.Request) -> web.Response:
        body = await read_limited(request, WEBHOOK_LIMIT)
        event = self._stripe_event(body, request.headers.get("Stripe-Signature", ""))
        await self._record(event)
        return _received()

    async def resend(self, request: web.Request) -> web.Response:
        parse, mail_events = self._parts.resend_webhook, self._parts.mail_events
        if parse is None or mail_events is None:
            raise web.HTTPNotFound
        body = await read_limited(request, WEBHOOK_LIMIT)
        await mail_events.record(parse(body, request.headers))
        return _received()

    async def telegram(self, request: web.Request) -> web.Response:
        """200 only once the update is handled: then Telegram forgets it."""
        handle, secret = self._parts.telegram_updates, self._parts.telegram_secret
        if handle is None:
            raise web.HTTPNotFound
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not secret or not same_secret(given, secret):
            raise web.HTTPUnauthorized
        await handle(json_object(await read_limited(request, WEBHOOK_LIMIT)))
        return _received()


def _received() -> web.Response:
    return web.Response(body=RECEIVED, content_type="application/json")
