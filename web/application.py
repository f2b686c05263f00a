"""The web application: its routes, and the one middleware that answers errors and sets headers."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from web.answers import Answers
from web.api import PayApi
from web.connections import Connections, WatchedConnection, WatchedSite, connections_at_once
from web.dependencies import WebDependencies
from web.errors import STRIPE_PATH, Problem, log_unexpected, problem_of
from web.health import Health
from web.language import ChosenForBank
from web.pages import PayPages
from web.pictures import Pictures
from web.purchases import Purchases
from web.rate_limits import AddressLimit, PayLimits
from web.request_body import WEBHOOK_LIMIT, expect_until_read
from web.static_files import StaticFiles
from web.webhooks import Webhooks

__all__ = ["WebDependencies", "build_web_app", "listen"]

ANSWERS = web.AppKey("answers", Answers)
NOWHERE: web.AppKey[Handler] = web.AppKey("nowhere")
STRIPE_WEBHOOKS: web.AppKey[Handler] = web.AppKey("stripe_webhooks")
BaseHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# A load balancer that is refused takes the shop away from everybody.
NEVER_REFUSED = ("/healthz", "/readyz")
# In the longest of our addresses. The router looks for every beginning of a path: of thousands it takes a while.
MOST_SLASHES = 4


def build_web_app(dependencies: WebDependencies) -> web.Application:
    static = StaticFiles(dependencies.base_path)
    pictures = Pictures(dependencies.catalog, dependencies.base_path)
    chosen = ChosenForBank()
    pages = PayPages(dependencies, static, pictures, chosen)
    answers = Answers(dependencies, pages)
    guarded = _errors_and_headers(answers, AddressLimit(dependencies.clock))
    app = web.Application(middlewares=[guarded], client_max_size=WEBHOOK_LIMIT)
    webhooks = Webhooks(dependencies)
    app[ANSWERS] = answers
    guarded_webhooks: Handler = partial(guarded, handler=webhooks.stripe)
    app[STRIPE_WEBHOOKS] = guarded_webhooks
    guarded_nowhere: Handler = partial(guarded, handler=_nowhere)
    app[NOWHERE] = guarded_nowhere
    limits = PayLimits(dependencies.clock)
    _add_webhooks(app, webhooks)
    _add_pay_routes(app, pages, PayApi(dependencies, limits, chosen), Purchases(dependencies, limits), limits)
    health = Health(dependencies)
    _add(app, "GET", "/healthz", health.alive)
    _add(app, "GET", "/readyz", health.ready)
    _add(app, "GET", "/metrics", health.metrics)
    _add(app, "GET", "/static/{name}", static.get)
    _add(app, "GET", "/pictures/{version}", pictures.get)
    return app


async def listen(runner: web.AppRunner, connections: Connections | None = None, **where: Any) -> None:
    """Answers requests at ``host`` and ``port``, or at ``sock``, until the runner is cleaned up.

    Raises OSError when nobody can listen there.
    """
    watched = Connections(connections_at_once()) if connections is None else connections
    assert runner.server is not None
    runner.server.request_handler = _past_the_router(runner.app, runner.server.request_handler)
    await WatchedSite(runner, watched, runner.app[ANSWERS], **where).start()


def _past_the_router(app: web.Application, routed: BaseHandler) -> BaseHandler:
    """Stripe's webhooks come in thousands, and always to one address: looking it up costs six microseconds of each."""
    stripe_webhooks, nowhere = app[STRIPE_WEBHOOKS], app[NOWHERE]

    def handle(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        assert isinstance(request, web.Request)
        path = request.rel_url.raw_path
        if path == STRIPE_PATH and request.method == "POST" and "Expect" not in request.headers:
            return stripe_webhooks(request)
        return nowhere(request) if path.count("/") > MOST_SLASHES else routed(request)

    return handle


async def _nowhere(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    add = app.router.add_get if method == "GET" else app.router.add_post
    add(path, handler, expect_handler=expect_until_read)


def _add_webhooks(app: web.Application, webhooks: Webhooks) -> None:
    _add(app, "POST", STRIPE_PATH, webhooks.stripe)
    _add(app, "POST", "/webhooks/resend", webhooks.resend)
    _add(app, "POST", "/webhooks/telegram", webhooks.telegram)


def _add_pay_routes(
    app: web.Application, pages: PayPages, api: PayApi, purchases: Purchases, limits: PayLimits
) -> None:
    def limited(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
        async def checked(request: web.Request) -> web.Response:
            limits.check(request, request.match_info["token"][:200])
            return await handler(request)

        return checked

    _add(app, "GET", "/pay/{token}", limited(pages.pay))
    _add(app, "GET", "/pay/{token}/done", limited(pages.done))
    _add(app, "GET", "/pay/{token}/status", limited(api.status))
    _add(app, "GET", "/pay/{token}/files/{number:[0-9]{1,3}}", limited(purchases.file))
    _add(app, "POST", "/pay/{token}/intent", limited(api.intent))


def _errors_and_headers(answers: Answers, limit: AddressLimit) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        if isinstance(connection, WatchedConnection):
            connection.asked = request
        # Nothing more on the way of webhooks: they are counted in thousands a second, and no browser reads them.
        is_webhook = request.path.startswith("/webhooks/")
        too_many = None if is_webhook else limit.reached(request)
        try:
            if too_many and request.path not in NEVER_REFUSED:
                raise too_many
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - nothing may leave as a traceback
            problem = problem_of(error)
            if problem.code == "internal":
                log_unexpected(request, error)
            response = answers.to(request, problem)
            # Webhooks have no limit, but those that are refused are a stranger's.
            if is_webhook:
                too_many = limit.reached(request)
            if too_many or _is_last(request, problem):
                response.force_close()
            return response
        if too_many:
            response.force_close()
        if not is_webhook:
            answers.complete(response)
        return response

    return middleware


def _is_last(request: web.Request, problem: Problem) -> bool:
    """Who asks too often has to connect anew, and who was not invited to send a body may or may not send it."""
    return problem.status == web.HTTPTooManyRequests.status_code or "Expect" in request.headers
