"""The web application: its routes, and the one middleware that answers errors and sets headers."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from web.api import PayApi
from web.dependencies import WebDependencies
from web.errors import LANGUAGE, Problem, log_unexpected, problem_json, problem_of
from web.health import Health
from web.language import preferred_language
from web.pages import PayPages
from web.rate_limits import PayLimits
from web.request_body import WEBHOOK_LIMIT
from web.security import security_headers
from web.static_files import StaticFiles
from web.webhooks import Webhooks

__all__ = ["WebDependencies", "build_web_app"]

JSON_PATHS = ("/webhooks/", "/healthz", "/readyz", "/metrics")


def build_web_app(dependencies: WebDependencies) -> web.Application:
    static = StaticFiles(dependencies.base_path)
    pages = PayPages(dependencies, static)
    app = web.Application(middlewares=[_errors_and_headers(dependencies, pages)], client_max_size=WEBHOOK_LIMIT)
    limits = PayLimits(dependencies.clock)
    _add_webhooks(app, Webhooks(dependencies))
    _add_pay_routes(app, pages, PayApi(dependencies), limits)
    health = Health(dependencies)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_get("/static/{name}", static.get)
    return app


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


def _errors_and_headers(dependencies: WebDependencies, pages: PayPages) -> Middleware:
    headers = security_headers(dependencies)

    def answer(request: web.Request, problem: Problem) -> web.Response:
        language = request.get(LANGUAGE) or preferred_language(request.headers.get("Accept-Language", ""))
        if _is_for_scripts(request.rel_url.raw_path):
            return problem_json(problem, language, dependencies.catalog.shop.support)
        return pages.problem(problem, language)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
            # Nothing more on the way of webhooks: they are counted in thousands a second, and no browser reads them.
            if request.path.startswith("/webhooks/"):
                return response
        except Exception as error:  # noqa: BLE001 - nothing may leave as a traceback
            problem = problem_of(error)
            if problem.code == "internal":
                log_unexpected(request, error)
            response = answer(request, problem)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def _is_for_scripts(path: str) -> bool:
    if path.startswith("/pay/"):
        return path.count("/") == 3 and path.endswith(("/intent", "/status"))
    return path.startswith(JSON_PATHS)
