"""What is done again and again, by one process at a time: reconciling, closing links, telling admins, tidying up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from checkout import limits
from checkout.errors import DatabaseAway, ServiceError
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.handover import HandOver
from checkout.notifications.outage_alerts import OutageAlerts
from checkout.notifications.self_examination import SelfExamination
from checkout.payments.cancel_intents import CancelIntents
from checkout.payments.reconcile import Reconcile
from checkout.payments.startup_gate import StartupGate
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.purchase.expire_links import ExpireLinks
from checkout.resilience.backoff import backoff
from checkout.resilience.service_health import ServiceHealth
from checkout.retention import DropOld
from db.replicas.earlier_clock import EarlierClock

log = logging.getLogger(__name__)
LISTS = "lists"  # the way in which Stripe is used here
CLOSING_PAUSE = 30.0
TELLING_PAUSE = 20.0
HANDING_OVER_PAUSE = 10.0
# Not at once: whoever has just started may still be changing something.
LOOKING_PAUSE = 300.0
DROPPING_PAUSE = 60.0
# Until the gate opens by itself: another replica may be catching up for all.
LOOK_AGAIN = 0.3


class PeriodicTasks:
    """Whatever ends in ``forever`` runs as a task until it is canceled."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        startup_gate: StartupGate,
        reconcile: Reconcile,
        expire_links: ExpireLinks,
        cancel_intents: CancelIntents,
        daily_summary: DailySummary,
        hand_over: HandOver,
        outage_alerts: OutageAlerts,
        self_examination: SelfExamination,
        drop_old: DropOld,
        ends: EarlierClock,
    ) -> None:
        self._storage, self._clock, self._startup_gate = storage, clock, startup_gate
        self.reconcile, self.expire_links, self.cancel_intents = reconcile, expire_links, cancel_intents
        self.daily_summary, self.outage_alerts = daily_summary, outage_alerts
        self.hand_over, self.drop_old = hand_over, drop_old
        self.self_examination, self._ends = self_examination, ends
        # Apart from Stripe's own health: a key that may not list events is no outage for the admins to hear of.
        self._health, self._failures = ServiceHealth("Stripe's API", clock), 0
        self._asked_to_wait: float | None = None

    async def reconcile_forever(self) -> None:
        """At once, then every ten minutes; every minute while no webhook arrives. Then webhooks come in."""
        try:
            while not (await self._exclusively("reconciliation", self._asking_stripe(self.reconcile.run_once))):
                if self._startup_gate.is_open:
                    break
                await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._startup_gate.open()
        while True:
            await asyncio.sleep(self._pause())
            await self._exclusively("reconciliation", self._asking_stripe(self.reconcile.run_once))

    async def close_forever(self) -> None:
        """Links past their time are closed, then their PaymentIntents at Stripe."""
        while True:
            await self.close_once()
            await asyncio.sleep(CLOSING_PAUSE)

    async def close_once(self) -> None:
        """One round of ``close_forever``."""
        await self._exclusively("closing links", self._close)

    async def drop_old_forever(self) -> None:
        """What was kept for long enough."""
        while True:
            await self.drop_old_once()
            await asyncio.sleep(DROPPING_PAUSE)

    async def drop_old_once(self) -> None:
        """One round of ``drop_old_forever``."""
        await self._exclusively("dropping what is old", self._drop_old)

    async def tell_admins_forever(self) -> None:
        """How the day was, at their hours; and which service is down for long."""
        while True:
            await self.tell_admins_once()
            await asyncio.sleep(TELLING_PAUSE)

    async def tell_admins_once(self) -> None:
        """One round of ``tell_admins_forever``."""
        await self._exclusively("daily summary", self.daily_summary.run_once)
        await self._exclusively("telling of outages", self.outage_alerts.run_once)

    async def look_around_forever(self) -> None:
        """What has become bad around the shop, and what is good again."""
        while True:
            await asyncio.sleep(LOOKING_PAUSE)
            await self._exclusively("looking around", self.self_examination.run_once)

    async def hand_over_forever(self) -> None:
        """What could not be sent when it was paid leaves once it can be."""
        while True:
            await self.hand_over_once()
            await asyncio.sleep(HANDING_OVER_PAUSE)

    async def hand_over_once(self) -> None:
        """One round of ``hand_over_forever``."""
        await self._exclusively("late deliveries", self.hand_over.run_once)

    async def _drop_old(self) -> None:
        await self._ends.look()
        await self.drop_old.run_once()

    async def _close(self) -> None:
        await self._ends.look()
        await self.expire_links.run_once()
        await self._asking_stripe(self.cancel_intents.run_once)()

    def _pause(self) -> float:
        if self._failures:
            return backoff(self._failures, self._asked_to_wait).total_seconds()
        silent = self.reconcile.is_silent
        pause = limits.reconciliation_pause_in_silence() if silent else limits.reconciliation_pause()
        return pause.total_seconds()

    def _asking_stripe(self, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """An outage is told of once; what was not done is done in a later round."""

        async def asking() -> None:
            try:
                await work()
            except ServiceError as error:
                self._failures, self._asked_to_wait = self._failures + 1, error.retry_after
                self._health.failed(LISTS, str(error), error.retry_after)
            else:
                self._failures = 0
                self._health.answered(LISTS)

        return asking

    async def _exclusively(self, name: str, work: Callable[[], Awaitable[object]]) -> bool:
        """False when another replica is at it; whatever goes wrong is logged, and the next round tries again."""
        try:
            async with self._storage.try_lock(name) as is_mine:
                if is_mine:
                    await work()
                return is_mine
        except DatabaseAway as error:
            log.warning("%s waits for its next round: %s", name, error)
            return True
        except Exception:
            log.exception("%s has failed; the next round tries again", name)
            return True
