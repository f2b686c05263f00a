"""What Stripe knows and the database does not: asked for, and recorded as if it had come by webhook."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeGuard

from checkout import limits
from checkout.errors import ServiceRefused
from checkout.model import keys
from checkout.model.events import IntentReport, ProviderEvent, Report
from checkout.model.shop_notice import NoWebhooks, WebhooksBack
from checkout.notifications.compose import notices
from checkout.payments.as_told import as_told
from checkout.payments.last_told import since_last_told
from checkout.payments.look_up_open import LookUpOpen
from checkout.payments.match_events import MatchEvents
from checkout.payments.record_all import RecordAll
from checkout.payments.startup_gate import StartupGate
from checkout.ports.payments import EventRecorder
from checkout.ports.providers import PaymentHistory
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage
from checkout.resilience.wrong_clock import is_ahead

log = logging.getLogger(__name__)
RECONCILED, WEBHOOK = "reconciled_until", "last_webhook"
SILENT = "webhooks are silent since"  # the checkpoint of a silence that was told, until its end was
BATCH = 64
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``asked_since`` in UTC; ``applied`` events were new to the database."""

    asked_since: datetime
    applied: int


class Reconcile:
    """One round at a time; it goes through the same recording as webhooks, so that nothing can be counted twice."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        history: PaymentHistory,
        recorder: EventRecorder,
        wake: Wake,
        *,
        shop_id: str,
        admin_ids: tuple[int, ...] = (),
        startup_gate: StartupGate | None = None,
    ) -> None:
        self._storage, self._clock, self._history = storage, clock, history
        self._recorder, self._wake, self._startup_gate = RecordAll(recorder), wake, startup_gate
        self._shop_id, self._admin_ids = shop_id, admin_ids
        self._matching = MatchEvents(storage, history, self._recorder, shop_id)
        self._open = LookUpOpen(storage, clock, history)
        self._silent_since: datetime | None = None
        self._foreign: set[str] = set()  # PaymentIntents that this round has seen to be another shop's or program's

    @property
    def is_silent(self) -> bool:
        """Payments move at Stripe, and no webhook tells of it."""
        return self._silent_since is not None

    async def run_once(self, since: datetime | None = None) -> Reconciled:
        """Catches up since the last round, or since ``since``: then with every object made since then.

        Raises ServiceError, and at the end what an event has raised that cannot be recorded; what a broken round has
        not recorded the next one finds.
        """
        done = await self._round(since)
        self._recorder.check()
        return done

    async def _round(self, since: datetime | None, progress: Progress | None = None) -> Reconciled:
        started = self._clock.now()
        self._foreign.clear()
        self._recorder.begin()
        async with self._storage.read() as tx:
            checkpoint = await tx.checkpoints.get(RECONCILED)
        asked_since = await self._since(checkpoint, started, since)
        remembered = started - limits.events_remembered()
        pages = self._history.events(max(asked_since, remembered))
        wants_objects = since is not None or checkpoint is None or asked_since < remembered
        try:
            events = await self._new_events(pages, asked_since, started, progress)
        except ServiceRefused as error:  # a restricted key may read payments and no events
            log.warning("Stripe does not list its events; payments themselves are asked for instead: %s", error)
            events, wants_objects = [], True
        objects: list[ProviderEvent] = []
        if wants_objects:
            found = await self._new_events(self._history.objects(asked_since), asked_since, started, progress)
            objects = as_told(found, events)
        applied = await self._apply([one for one in objects if not _is_unpaid(one)])
        applied += await self._apply(await self._look_up_paid(events, objects))
        applied += await self._apply(events)
        applied += await self._apply([one for one in objects if _is_unpaid(one)])
        applied += await self._match_events()
        applied += await self._apply(await self._open.run_once())
        if not self._recorder.has_failed:
            async with self._storage.begin() as tx:
                await tx.checkpoints.put(RECONCILED, started, started)
        await self._watch_webhooks(events, started)
        if applied:
            log.info("reconciliation found events that no webhook had brought: %d", applied)
        return Reconciled(asked_since, applied)

    async def run_through(self, since: datetime | None = None, progress: Progress | None = None) -> Reconciled:
        """As ``run_once``, and then on: whatever is open was asked for, however much that is. Raises as that does."""
        done = await self._round(since, progress)
        rest = [await self._apply(found) async for found in self._open.the_rest()]
        self._recorder.check()
        return replace(done, applied=done.applied + sum(rest))

    async def _since(self, checkpoint: datetime | None, now: datetime, wanted: datetime | None) -> datetime:
        """A database may need more than is ``wanted``: what is not asked for now counts as asked for afterwards."""
        if checkpoint is None:
            needed = await since_last_told(self._history, self._shop_id, now)
        elif is_ahead(checkpoint, now):  # it tells nothing: the clock was wrong when it was noted
            needed = now - limits.events_remembered()
        else:
            needed = checkpoint - limits.reconciliation_overlap()
        return min(needed, wanted or needed)

    async def _new_events(
        self,
        pages: AsyncIterator[Sequence[ProviderEvent]],
        since: datetime,
        now: datetime,
        progress: Progress | None,
    ) -> list[ProviderEvent]:
        """Ours as far as they tell, unseen, oldest first. Ids repeat where a page moved: recording ignores those."""
        found: list[ProviderEvent] = []
        async for page in pages:
            others = [one.report for one in page if self._is_of_others(one.report)]
            known = await self._known({one.intent_id for one in others if not one.metadata.shop})
            self._foreign.update({one.intent_id for one in others} - known)
            ours = [event for event in page if self._may_be_ours(event, known)]
            found += await self._unseen(ours)
            if progress and page:
                progress(min(1.0, (now - page[-1].created) / max(now - since, timedelta(seconds=1))))
        found.reverse()
        return sorted(found, key=lambda event: event.created)

    def _is_of_others(self, report: Report | None) -> TypeGuard[IntentReport]:
        return isinstance(report, IntentReport) and report.metadata.shop != self._shop_id

    def _may_be_ours(self, event: ProviderEvent, known: Collection[str]) -> bool:
        """Refunds and disputes do not say whose they are: that is known once the intents are recorded."""
        report = event.report
        if report is None:
            return False
        shop = report.metadata.shop
        is_open = not isinstance(report, IntentReport) or report.intent_id in known
        return shop == self._shop_id or (not shop and is_open)

    async def _known(self, intent_ids: Collection[str]) -> frozenset[str]:
        """Somebody may have emptied the metadata of ours in Stripe's dashboard."""
        if not intent_ids:
            return frozenset()
        async with self._storage.read() as tx:
            return frozenset(await tx.payments.by_known_intents(sorted(intent_ids)))

    async def _unseen(self, events: Sequence[ProviderEvent]) -> list[ProviderEvent]:
        if not events:
            return []
        async with self._storage.read() as tx:
            unseen = await tx.events.unseen([event.event_id for event in events])
        return [event for event in events if event.event_id in unseen]

    async def _apply(self, events: Sequence[ProviderEvent]) -> int:
        """Intents first. Refunds and disputes of those that nobody has told of yet wait until Stripe was asked.

        Those that have a receipt's number come before all others, so that it is theirs still.
        """
        intents = sorted((event for event in events if isinstance(event.report, IntentReport)), key=_without_number)
        applied = await self._record(intents)
        rest = [event for event in events if not isinstance(event.report, IntentReport)]
        return applied + await self._record([one for one in rest if one.report and self._is_open_whose(one.report)])

    def _is_open_whose(self, report: Report) -> bool:
        return bool(report.metadata.shop) or report.intent_id not in self._foreign

    async def _match_events(self) -> int:
        found = await self._matching.run_once()
        if found:
            self._wake()
        return found

    async def _record(self, events: Sequence[ProviderEvent]) -> int:
        """Returns how many were news."""
        applied = 0
        for start in range(0, len(events), BATCH):
            applied += sum(await asyncio.gather(*map(self._recorder.record, events[start : start + BATCH])))
        if applied:
            self._wake()
        return applied

    async def _look_up_paid(
        self, events: Sequence[ProviderEvent], objects: Sequence[ProviderEvent]
    ) -> list[ProviderEvent]:
        """An event shows its PaymentIntent as it was then: whether it was told since stands in the intent alone.

        A voucher may be paid days after its PaymentIntent was made: it is not among the ``objects`` made since then.
        """
        seen = {one.report.intent_id for one in objects if isinstance(one.report, IntentReport)}
        paid = {one.report.intent_id: None for one in events if one.report and _is_success(one)}
        intent_ids = [one for one in paid if one not in seen]
        found: list[ProviderEvent] = []
        for intent_id in intent_ids:
            with contextlib.suppress(ServiceRefused):  # what the event says counts, then
                found += await self._history.look_up(intent_id)
        return as_told(found, events)

    async def _watch_webhooks(self, events: Iterable[ProviderEvent], now: datetime) -> None:
        """Tells the admins, once for each silence, that Stripe's events come by asking alone; and when it is over."""
        if self._startup_gate is None:
            return
        last = await self._last_webhook(now)
        earliest, latest = self._startup_gate.started_at, now - limits.webhook_patience()
        late = [event.created for event in events if earliest < event.created < latest]
        moved_at = min(late, default=self._silent_since)
        if moved_at is None or (last is not None and last >= moved_at):
            self._silent_since = None
            await self._tell_they_come(last, now)
            return
        self._silent_since = moved_at
        if late:
            async with self._storage.begin() as tx:
                key = partial(keys.no_webhooks, last)
                await tx.checkpoints.add(SILENT, moved_at)
                await tx.outbox.add(notices(self._admin_ids, NoWebhooks(last), key, now))
            self._wake()

    async def _tell_they_come(self, last: datetime | None, now: datetime) -> None:
        """After a restart nobody remembers a silence but the database: it is over once one has come since."""
        async with self._storage.read() as tx:
            told = await tx.checkpoints.get(SILENT)
        if told is None or last is None or last < told:
            return
        async with self._storage.begin() as tx:
            since = await tx.checkpoints.remove(SILENT)
            if since is None:
                return  # another process was faster
            await tx.outbox.add(notices(self._admin_ids, WebhooksBack(since), partial(keys.webhooks_back, since), now))
        self._wake()

    async def _last_webhook(self, now: datetime) -> datetime | None:
        """Of any replica: each notes its own when it reconciles."""
        assert self._startup_gate is not None
        seen = self._startup_gate.last_at
        async with self._storage.read() as tx:
            noted = await tx.checkpoints.get(WEBHOOK)
        if noted is not None and is_ahead(noted, now):
            noted = None
        if seen is None or (noted is not None and noted >= seen):
            return noted
        async with self._storage.begin() as tx:
            await tx.checkpoints.put(WEBHOOK, seen, now)
        return seen


def _is_success(event: ProviderEvent) -> bool:
    return isinstance(event.report, IntentReport) and event.report.kind == "succeeded"


def _is_unpaid(event: ProviderEvent) -> bool:
    """What a PaymentIntent has come to is heard of behind the events that led to it: how it is told hangs on both.

    But a success comes before them, for it knows the receipt's number.
    """
    return isinstance(event.report, IntentReport) and event.report.kind != "succeeded"


def _without_number(event: ProviderEvent) -> bool:
    """Sorts; whatever is alike keeps its order."""
    return not (event.report and event.report.metadata.receipt)
