"""The pay page, its API and the webhooks."""

from aiohttp import web

from app.runtime.readiness import Readiness
from app.started_with import prover, started_with
from app.wiring.recording import Recording
from app.wiring.services import Services
from bot.telegram.updates import UpdateIntake
from checkout.notifications.record_mail_status import RecordMailStatus
from checkout.ports.runtime import Wake
from checkout.purchase.open_pay_page import OpenPayPage
from checkout.purchase.watched_gateway import WatchedGateway
from providers.resend_events import ResendWebhook
from providers.stripe_events import StripeWebhook
from web.application import WebDependencies, build_web_app


def build_web(services: Services, wake: Wake, recording: Recording, intake: UpdateIntake) -> web.Application:
    """The bot's name is asked for when a page is shown: Telegram may not have told it yet."""
    settings, storage, clock = services.settings, services.storage, services.clock
    catalog = services.catalog
    gateway = WatchedGateway(services.gateway, storage, clock, wake, settings.admin_ids)
    clocks = services.clocks
    stripe_secrets, resend_secrets = settings.stripe_webhook_secrets, settings.resend_webhook_secrets
    return build_web_app(
        WebDependencies(
            pages=OpenPayPage(storage, clock, gateway, catalog),
            catalog=catalog,
            public_url=settings.public_url,
            publishable_key=settings.stripe_publishable_key,
            stripe_js_url=settings.stripe_js_url,
            stripe_api_url=settings.stripe_api_url,
            bot_username=lambda: services.bot_name.username,
            stripe_webhook=StripeWebhook(stripe_secrets, *clocks).by_headers if stripe_secrets else None,
            recorder=recording.startup_gate,
            ready=Readiness(services.database, clock),
            clock=clock,
            prove=prover(services.hasher, started_with(settings, catalog)),
            resend_webhook=ResendWebhook(resend_secrets, *clocks).by_headers if resend_secrets else None,
            record_mail_status=RecordMailStatus(storage, clock, wake, settings.admin_ids).record,
            telegram_updates=intake.handle if settings.telegram_updates == "webhook" else None,
            telegram_secret=settings.telegram_webhook_secret,
            metrics=services.metrics.scrape,
            metrics_token=settings.metrics_token,
            meter=services.metrics,
        )
    )
