"""The web application: its routes, and the one middleware that answers errors and sets headers."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from web.answers import Answers
from web.api import PayApi
from web.connections import Connections, WatchedConnection, WatchedSite, connections_at_once
from web.dependencies import WebDependencies
from web.errors import log_unexpected, problem_of
from web.health import Health
from web.pages import PayPages
from web.rate_limits import PayLimits
from web.request_body import WEBHOOK_LIMIT
from web.static_files import StaticFiles
from web.webhooks import Webhooks

__all__ = ["WebDependencies", "build_web_app", "listen"]

ANSWERS = web.AppKey("answers", Answers)


def build_web_app(dependencies: WebDependencies) -> web.Application:
    static = StaticFiles(dependencies.base_path)
    pages = PayPages(dependencies, static)
    answers = Answers(dependencies, pages)
    app = web.Application(middlewares=[_errors_and_headers(answers)], client_max_size=WEBHOOK_LIMIT)
    app[ANSWERS] = answers
    limits = PayLimits(dependencies.clock)
    _add_webhooks(app, Webhooks(dependencies))
    _add_pay_routes(app, pages, PayApi(dependencies, limits), limits)
    health = Health(dependencies)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_get("/static/{name}", static.get)
    return app


async def listen(runner: web.AppRunner, connections: Connections | None = None, **where: Any) -> None:
    """Answers requests at ``host`` and ``port``, or at ``sock``, until the runner is cleaned up.

    Raises OSError when nobody can listen there.
    """
    watched = Connections(connections_at_once()) if connections is None else connections
    await WatchedSite(runner, watched, runner.app[ANSWERS], **where).start()


def _add_webhooks(app: web.Application, webhooks: Webhooks) -> None:
    app.router.add_post("/webhooks/stripe", webhooks.stripe)
    app.router.add_post("/webhooks/resend", webhooks.resend)
    app.router.add_post("/webhooks/telegram", webhooks.telegram)


def _add_pay_routes(app: web.Application, pages: PayPages, api: PayApi, limits: PayLimits) -> None:
    def limited(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
        async def checked(request: web.Request) -> web.Response:
            limits.check(request, request.match_info["token"][:200])
            return await handler(request)

        return checked

    app.router.add_get("/pay/{token}", limited(pages.pay))
    app.router.add_get("/pay/{token}/done", limited(pages.done))
    app.router.add_get("/pay/{token}/status", limited(api.status))
    app.router.add_post("/pay/{token}/intent", limited(api.intent))


def _errors_and_headers(answers: Answers) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        if isinstance(connection, WatchedConnection):
            connection.is_answering = True
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - nothing may leave as a traceback
            problem = problem_of(error)
            if problem.code == "internal":
                log_unexpected(request, error)
            return answers.to(request, problem)
        # Nothing more on the way of webhooks: they are counted in thousands a second, and no browser reads them.
        if not request.path.startswith("/webhooks/"):
            answers.complete(response)
        return response

    return middleware
