"""Provider events are recorded in groups: all that wait are written in one transaction, then all hear of it."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence

from checkout.errors import DatabaseAway
from checkout.model.events import ProviderEvent
from checkout.model.payment import Payment
from checkout.notifications.handover import Handover
from checkout.payments.plan import Plan
from checkout.payments.rules import Rules
from checkout.ports.runtime import Clock, Meter, WakeChannels
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.metering import SILENT
from db.engine.connection import Database
from db.recording.event_statements import recording

log = logging.getLogger(__name__)
# One transaction stays short enough that a reader of the newest status hardly waits.
LARGEST_GROUP = 64
# Much less than a transaction takes.
GATHER_SECONDS = 0.003
# So many moves or more are told in one line.
TOLD_TOGETHER = 4
# A connection that was cut is noticed at once, and the next one works; whoever has waited does not wait again.
AT_ONCE_SECONDS = 1.0
Waiting = tuple[ProviderEvent, "asyncio.Future[bool]"]


class GroupWriter:
    """``record`` may be called by many at once; one loop writes. ``run`` it as a task, ``stop`` it to drain."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rules: Rules,
        wake: WakeChannels,
        backpressure: Backpressure,
        meter: Meter = SILENT,
    ) -> None:
        self._database, self._clock, self._rules = database, clock, rules
        self._wake, self._backpressure, self._meter = wake, backpressure, meter
        self._waiting: list[Waiting] = []
        self._arrived, self._complete = asyncio.Event(), asyncio.Event()
        self._stopping = self._ended = False
        self._last_size = 1
        # The highest number of a receipt that is known here, and which payment has it.
        self.newest_receipt = (0, "")

    def note_receipt(self, number: int, payment_id: str) -> None:
        """None up to it is given to another payment."""
        self.newest_receipt = max(self.newest_receipt, (number, payment_id))

    async def record(self, event: ProviderEvent) -> bool:
        """Returns after the commit that holds the event: whether it was news.

        Raises DatabaseAway, StaleWrite, or what the driver does.
        """
        if self._ended:
            raise _ended()
        committed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, committed))
        self._arrived.set()
        if len(self._waiting) >= self._last_size:
            self._complete.set()
        return await committed

    async def run(self) -> None:
        group: list[Waiting] = []
        try:
            while not (self._stopping and not self._waiting):
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._gather()
                    group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                    await self._record_group(group)
        finally:
            # Nobody waits for an answer that will not come.
            self._ended = True
            _fail_all([*group, *self._waiting], _ended())

    def stop(self) -> None:
        """``run`` returns once nothing waits."""
        self._stopping = True
        self._arrived.set()

    async def _gather(self) -> None:
        """Under load those who were answered together ask again together: a moment lets them share a transaction.

        The first event of a quiet time does not wait.
        """
        if len(self._waiting) >= self._last_size:
            return
        self._complete.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await self._complete.wait()

    async def _record_group(self, group: Sequence[Waiting]) -> None:
        events = [event for event, _ in group]
        try:
            written = await self._write_patiently(events)
        except DatabaseAway as error:
            log.warning("events not recorded: %d; %s", len(group), error)
            _fail_all(group, error)
            return
        except Exception as error:  # noqa: BLE001 -- handed to whoever waits for the event
            if len(group) > 1:
                log.warning("a group of %d events is recorded one by one: %s", len(group), type(error).__name__)
            await self._record_one_by_one(group)
            return
        _settle_all(group, written)
        self._last_size = len(group)
        self._backpressure.note(len(group))
        self._tell(events, written)

    async def _write_patiently(self, events: Sequence[ProviderEvent]) -> Plan:
        clock = asyncio.get_running_loop()
        began = clock.time()
        try:
            return await self._write(events)
        except DatabaseAway:
            if clock.time() - began > AT_ONCE_SECONDS:
                raise
        return await self._write(events)

    async def _record_one_by_one(self, group: Sequence[Waiting]) -> None:
        """One bad event costs only itself; a database that is away is not waited for by each of them."""
        for number, one in enumerate(group):
            if away := await self._record_alone(one):
                _fail_all(group[number:], away)
                return

    async def _record_alone(self, one: Waiting) -> Exception | None:
        """Another try: a replica may have recorded the same event in the same instant, and is seen now.

        Returns what tells that the database is away.
        """
        event, _ = one
        try:
            written = await self._write([event])
        except Exception as error:  # noqa: BLE001 -- handed to whoever waits for the event
            log.warning("event %s is not recorded: %s", event.event_id, type(error).__name__)
            _fail_all([one], error)
            return error if isinstance(error, DatabaseAway) else None
        _settle_all([one], written)
        self._tell([event], written)
        return None

    async def _write(self, events: Sequence[ProviderEvent]) -> Plan:
        plans: list[Plan] = []
        given, _ = self.newest_receipt
        await self._database.run(recording(events, self._rules, self._clock, plans.append, given))
        written = plans[-1]
        if written.last_receipt_number > given:
            for payment in (*written.inserted.values(), *written.changed.values()):
                self.note_receipt(payment.receipt_number or 0, payment.payment_id)
        return written

    def _tell(self, events: Sequence[ProviderEvent], written: Plan) -> None:
        """After the commit and the answers: those who have something to send now, the log's line, and the counts."""
        now = self._clock.now()
        if channels := {message.channel for message in written.messages if message.not_before <= now}:
            self._wake(*channels)
        _log_moves(written.moves)
        for payment in written.to_do:
            self._log_to_do(payment)
        new = {event.event_id for event, _ in written.events}
        counted = Counter[tuple[str, str]]()
        for event in events:
            seen = "foreign" if event.event_id in written.foreign else "repeated"
            counted[event.type, "new" if event.event_id in new else seen] += 1
            new.discard(event.event_id)
        for (type_, result), count in counted.items():
            self._meter.events(type_, result, count)

    def _log_to_do(self, payment: Payment) -> None:
        """What a person hands over anyway is no trouble."""
        about = {"payment_id": payment.payment_id}
        if self._rules.handover_of(payment.sku) is Handover.PERSON:
            log.info("%s is paid, and handed over by a person: see /todo", payment.sku, extra=about)
        else:
            log.warning("%s is paid, and cannot be sent: a person has to, see /todo", payment.sku, extra=about)


def _log_moves(moves: Sequence[tuple[ProviderEvent, Payment]]) -> None:
    """A line each, or one for many: a line of its own costs half of what an event does."""
    if not log.isEnabledFor(logging.INFO):
        return
    if len(moves) >= TOLD_TOGETHER:
        each = (f"{event.type} ({event.event_id}) {one.status} [{one.payment_id}]" for event, one in moves)
        log.info("%d events are recorded: %s", len(moves), ", ".join(each))
        return
    for event, payment in moves:
        about = {"payment_id": payment.payment_id}
        log.info("%s (%s) is recorded: %s", event.type, event.event_id, payment.status, extra=about)


def _ended() -> DatabaseAway:
    return DatabaseAway("nothing is recorded any more: the process ends")


def _settle_all(group: Sequence[Waiting], written: Plan) -> None:
    """Whoever has gone meanwhile is not told; the event is kept all the same."""
    new = {event.event_id for event, _ in written.events}
    for event, committed in group:
        if not committed.done():
            committed.set_result(event.event_id in new)


def _fail_all(group: Sequence[Waiting], error: Exception) -> None:
    for _, committed in group:
        if not committed.done():
            committed.set_exception(error)
