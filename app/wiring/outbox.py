"""What is said later: a worker for each channel of the outbox."""

from dataclasses import dataclass

from app.wiring.services import Services
from bot.telegram.sender import TelegramChatSender
from checkout.model.outbox import Channel
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_message import ChatDelivery, MailDelivery
from checkout.payments.tell_stripe import StripeDelivery


@dataclass(frozen=True, slots=True)
class Outbox:
    workers: tuple[OutboxWorker, ...]

    def wake(self) -> None:
        """There may be something new in it."""
        for worker in self.workers:
            worker.wake()


def build_outbox(services: Services) -> Outbox:
    return Outbox((_mail_worker(services), _chat_worker(services), _stripe_worker(services)))


def _mail_worker(services: Services) -> OutboxWorker:
    return OutboxWorker(
        Channel.MAIL,
        services.storage,
        services.clock,
        MailDelivery(services.storage, services.renderer, services.mail_sender, services.gateway),
        services.mail_rate_limiter,
        services.resend_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
    )


def _chat_worker(services: Services) -> OutboxWorker:
    def files_of(sku: str) -> int:
        product = services.catalog.find(sku)
        return len(product.files) if product else 0

    return OutboxWorker(
        Channel.CHAT,
        services.storage,
        services.clock,
        ChatDelivery(
            services.storage,
            services.renderer,
            TelegramChatSender(services.bot),
            services.gateway,
            files_of,
        ),
        services.chat_rate_limiter,
        services.telegram_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
    )


def _stripe_worker(services: Services) -> OutboxWorker:
    return OutboxWorker(
        Channel.STRIPE,
        services.storage,
        services.clock,
        StripeDelivery(services.storage, services.gateway, shop_id=services.catalog.shop.shop_id),
        services.stripe_rate_limiter,
        services.stripe_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
    )
