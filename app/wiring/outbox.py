"""What is said later: a worker for each channel of the outbox."""

from dataclasses import dataclass, field

from app.wiring.services import Services
from bot.telegram.sender import TelegramChatSender
from checkout import limits
from checkout.model.catalog import Catalog, Product
from checkout.model.daily_totals import days_in
from checkout.model.outbox import Channel, Lane
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.handover import HandOver
from checkout.notifications.mail_delivery import MailDelivery
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.payments.confirm_declines import ConfirmDeclines
from checkout.payments.tell_stripe import StripeDelivery
from checkout.ports.outbox import EVERYTHING
from checkout.ports.payments import EventRecorder
from checkout.ports.runtime import Wake
from db.repositories.sent_files import DatabaseSentFiles


@dataclass(frozen=True, slots=True)
class Outbox:
    """``workers`` are added once there is who records: they do, and what is recorded wakes them."""

    workers: list[OutboxWorker] = field(default_factory=list)

    def wake(self, *channels: Channel) -> None:
        """There is something due in it for these channels; where none is named, there may be for any."""
        for worker in self.workers:
            if not channels or worker.channel in channels:
                worker.wake(one_is_due=bool(channels))


def add_workers(outbox: Outbox, services: Services, recorder: EventRecorder) -> None:
    goods = hand_over(services, outbox.wake)
    for lane in lanes(services.catalog):
        outbox.workers.append(_mail_worker(services, goods, recorder, lane))
        outbox.workers.append(_chat_worker(services, goods, recorder, lane))
    outbox.workers.append(_stripe_worker(services))


def lanes(catalog: Catalog) -> tuple[Lane, ...]:
    """Two where there are products with large files: nobody's receipt waits behind somebody's upload."""
    heavy = tuple(sku for sku, product in catalog.products.items() if _weight(product) > limits.upload_from())
    return (Lane("light", heavy), Lane("heavy", heavy)) if heavy else (EVERYTHING,)


def _weight(product: Product) -> int:
    return sum(path.stat().st_size for path in product.files if path.is_file())


def hand_over(services: Services, wake: Wake) -> HandOver:
    return HandOver(services.storage, services.clock, wake, services.catalog, services.settings.admin_ids)


def _mail_worker(services: Services, goods: HandOver, recorder: EventRecorder, lane: Lane) -> OutboxWorker:
    delivery = MailDelivery(services.storage, services.renderer, services.mail_sender, services.gateway, goods)
    return OutboxWorker(
        Channel.MAIL,
        services.storage,
        services.clock,
        ConfirmDeclines(delivery, services.history, recorder),
        services.mail_rate_limiter,
        services.resend_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
        lane,
    )


def _chat_worker(services: Services, goods: HandOver, recorder: EventRecorder, lane: Lane) -> OutboxWorker:
    def files_of(sku: str) -> int:
        product = services.catalog.find(sku)
        return len(product.files) if product else 0

    delivery = ChatDelivery(
        services.storage,
        services.renderer,
        TelegramChatSender(services.bot, DatabaseSentFiles(services.database)),
        services.gateway,
        goods,
        files_of,
        services.settings.admin_ids,
    )
    return OutboxWorker(
        Channel.CHAT,
        services.storage,
        services.clock,
        ConfirmDeclines(delivery, services.history, recorder),
        services.chat_rate_limiter,
        services.telegram_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
        lane,
    )


def _stripe_worker(services: Services) -> OutboxWorker:
    return OutboxWorker(
        Channel.STRIPE,
        services.storage,
        services.clock,
        StripeDelivery(
            services.storage,
            services.gateway,
            shop_id=services.catalog.shop.shop_id,
            livemode=services.settings.livemode,
            day_of=days_in(services.catalog.shop.timezone),
        ),
        services.stripe_rate_limiter,
        services.stripe_health,
        services.backpressure,
        services.settings.admin_ids,
        services.metrics,
    )
