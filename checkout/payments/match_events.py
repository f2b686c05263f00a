"""Refunds and disputes do not say whose they are: Stripe is asked for the PaymentIntents that nobody knows here."""

import logging
from collections.abc import Sequence

from checkout.errors import ServiceRefused
from checkout.model.events import ProviderEvent, Report
from checkout.ports.payments import EventRecorder
from checkout.ports.providers import PaymentHistory
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)
LOOK_UPS = 50


class MatchEvents:
    """What waits for its payment is joined with it, or forgotten where it is another shop's or program's."""

    def __init__(self, storage: Storage, history: PaymentHistory, recorder: EventRecorder, shop_id: str) -> None:
        self._storage, self._history = storage, history
        self._recorder, self._shop_id = recorder, shop_id

    async def run_once(self) -> int:
        """Asks for up to fifty, those that wait longest; returns how many payments have moved by that.

        Raises ServiceUnavailable: what was not asked for is in the next round.
        """
        async with self._storage.read() as tx:
            waiting = await tx.events.unmatched_intents(LOOK_UPS)
        found = 0
        for intent_id in waiting:
            try:
                found += await self._match(intent_id)
            except ServiceRefused as error:  # a key that may not read them
                log.warning("Stripe does not say whose refunds and disputes these are: %s", error)
                break
        return found

    async def _match(self, intent_id: str) -> bool:
        ours = [event for event in await self._look_up(intent_id) if self._is_ours(event.report)]
        before = await self._versions(ours)
        for event in ours:
            # Whatever waited for this PaymentIntent is recorded with it, and waits no more. What has come since, or
            # was not taken because this answer was known to the second, waits for the next round.
            await self._recorder.record(event)
        if not ours:
            async with self._storage.begin() as tx:
                await tx.events.forget_unmatched(intent_id)
        return await self._versions(ours) != before

    async def _versions(self, ours: Sequence[ProviderEvent]) -> dict[str, int]:
        """Of the payments' rows: each round finds anew what has followed a PaymentIntent that is in none."""
        ids = [one.report.metadata.payment_id or one.report.intent_id for one in ours if one.report]
        async with self._storage.read() as tx:
            return {payment.payment_id: payment.version for payment in await tx.payments.by_ids(ids)}

    async def _look_up(self, intent_id: str) -> Sequence[ProviderEvent]:
        try:
            return await self._history.look_up(intent_id)
        except ServiceRefused as error:
            if error.is_missing:  # of the other mode, say
                return []
            raise

    def _is_ours(self, report: Report | None) -> bool:
        return report is not None and report.metadata.shop == self._shop_id
