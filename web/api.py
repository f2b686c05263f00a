"""What the page's script asks for: the PaymentIntent to pay, and the status."""

import asyncio

from aiohttp import web

from checkout.errors import AlreadyPaid, ServiceError
from checkout.model.payment import SETTLED
from checkout.purchase.open_pay_page import OpenedIntent
from web.dependencies import WebDependencies
from web.errors import LANGUAGE, UnderWay, logger, scrubbed
from web.language import ChosenForBank, chosen_language
from web.page_content import revision_of
from web.rate_limits import PayLimits
from web.request_body import INTENT_LIMIT, json_object, read_limited
from web.security import is_cross_site
from web.tokens import pay_token_of


class PayApi:
    def __init__(self, dependencies: WebDependencies, limits: PayLimits, chosen: ChosenForBank) -> None:
        self._dependencies, self._limits, self._chosen = dependencies, limits, chosen
        self._has_refused = False
        self._opening: dict[str, asyncio.Task[OpenedIntent]] = {}

    async def intent(self, request: web.Request) -> web.Response:
        """What is to be paid stands in the database; the body is looked at only to refuse nonsense."""
        self._refuse_other_sites(request)
        body = await read_limited(request, INTENT_LIMIT)
        token = pay_token_of(request)
        view = await self._dependencies.pages.view(token)
        chosen = chosen_language(request)
        request[LANGUAGE] = chosen or view.language
        if body.strip():
            json_object(body)
        self._chosen.note(token, chosen)
        return await self._opened(token, view.payment.payment_id, chosen)

    def _refuse_other_sites(self, request: web.Request) -> None:
        public_url = self._dependencies.public_url
        if not is_cross_site(request, public_url):
            return
        if not self._has_refused:
            self._has_refused = True
            origin = request.headers.get("Origin", "")[:100]
            logger.warning("a browser that says it is at %r was refused: PUBLIC_URL is %s", origin, public_url)
        raise web.HTTPForbidden

    async def _opened(self, token: str, payment_id: str, chosen: str | None) -> web.Response:
        try:
            opened = await self._open_once(token)
        except AlreadyPaid:
            view = await self._dependencies.pages.view(token)
            if view.status in SETTLED:
                raise
            raise UnderWay(another=view.under_way is not None) from None
        except ServiceError as error:
            about = {"payment_id": payment_id}
            logger.warning("no PaymentIntent could be opened: %s", scrubbed(error), extra=about)
            raise
        return web.json_response(
            {
                "client_secret": opened.client_secret,
                "publishable_key": self._dependencies.publishable_key,
                "return_url": f"{self._dependencies.pay_url(token)}/done",
                "amount": opened.payment.amount,
                "currency": opened.payment.currency,
                "language": chosen or opened.language,
                # For Link to recognise the customer; only whoever holds the token asks.
                "email": opened.payment.email,
                "payment_id": opened.payment.payment_id,
            }
        )

    async def _open_once(self, token: str) -> OpenedIntent:
        """One is under way for a token: whoever asks meanwhile gets its answer."""
        task = self._opening.get(token)
        if task is None:
            self._limits.check_intent(token)
            task = self._opening[token] = asyncio.create_task(self._dependencies.pages.open_intent(token))
            task.add_done_callback(lambda opened: self._has_opened(token, opened))
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(task)

    def _has_opened(self, token: str, opened: asyncio.Task[OpenedIntent]) -> None:
        del self._opening[token]
        if not opened.cancelled():
            opened.exception()  # looked at: there may be nobody left whom it is told

    async def status(self, request: web.Request) -> web.Response:
        """What the database says, whatever the link's age."""
        view = await self._dependencies.pages.view(pay_token_of(request))
        payment, money = view.payment, view.payment.taken
        return web.json_response(
            {
                "status": str(view.status),
                "amount": money.amount,
                "amount_refunded": payment.amount_refunded,
                "currency": money.currency,
                "payment_id": payment.payment_id,
                "revision": revision_of(view),
            }
        )
