"""What happens to payments without anybody asking: events are recorded, missed ones fetched, old links closed."""

from dataclasses import dataclass
from functools import partial

from app.doctor.look_around import look_around
from app.runtime.periodic_tasks import PeriodicTasks
from app.wiring.outbox import hand_over
from app.wiring.rules import rules_of
from app.wiring.services import Services
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.outage_alerts import OutageAlerts
from checkout.notifications.self_examination import SelfExamination
from checkout.payments.cancel_intents import CancelIntents
from checkout.payments.older_copy import OlderCopy
from checkout.payments.reconcile import Reconcile
from checkout.payments.startup_gate import StartupGate
from checkout.ports.runtime import Wake, WakeChannels
from checkout.purchase.expire_links import ExpireLinks
from checkout.retention import DropOld
from db.recording.group_writer import GroupWriter
from db.replicas.earlier_clock import EarlierClock


@dataclass(frozen=True, slots=True)
class Recording:
    """Webhooks come in by ``startup_gate``; ``writer`` is run as a task, and stopped last."""

    writer: GroupWriter
    startup_gate: StartupGate
    daily_summary: DailySummary
    periodic_tasks: PeriodicTasks
    older_copy: OlderCopy


def build_recording(services: Services, wake: WakeChannels) -> Recording:
    settings, catalog, clock = services.settings, services.catalog, services.clock
    older_copy = OlderCopy(services.storage, clock, services.history, shop_id=catalog.shop.shop_id)
    writer = GroupWriter(
        services.database,
        clock,
        rules_of(settings, catalog, services.hasher, older_copy),
        wake,
        services.backpressure,
        services.metrics,
    )
    gate = StartupGate(writer, clock)
    summary = DailySummary(services.storage, clock, wake, catalog.shop.timezone, settings.admin_ids)
    return Recording(writer, gate, summary, _periodic_tasks(services, wake, writer, gate, summary), older_copy)


def _periodic_tasks(
    services: Services, wake: Wake, writer: GroupWriter, gate: StartupGate, summary: DailySummary
) -> PeriodicTasks:
    storage, clock, admin_ids = services.storage, services.clock, services.settings.admin_ids
    reconcile = Reconcile(
        storage,
        clock,
        services.history,
        writer,
        wake,
        shop_id=services.catalog.shop.shop_id,
        admin_ids=admin_ids,
        startup_gate=gate,
    )
    ends = EarlierClock(clock, services.database, is_shared=services.settings.database.file is None)
    watched = (services.telegram_health, services.stripe_health, services.resend_health)
    return PeriodicTasks(
        storage,
        clock,
        gate,
        reconcile,
        ExpireLinks(storage, ends, wake),
        CancelIntents(storage, ends, services.gateway, services.history, writer),
        summary,
        hand_over(services, wake),
        OutageAlerts(storage, clock, wake, watched, "Telegram", admin_ids),
        SelfExamination(storage, clock, wake, partial(look_around, services.settings, services.catalog), admin_ids),
        DropOld(storage, ends),
        ends,
    )
