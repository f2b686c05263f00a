"""Provider events are recorded in groups: all that wait are written in one transaction, then all hear of it."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Sequence

from checkout.errors import StaleWrite
from checkout.events import ProviderEvent
from checkout.ports import Clock, Wake
from checkout.usecases.record_events import Known, Plan, Rules, plan
from db.connection import Connection, Database, to_text
from db.ledger_json import dump_event, load_event
from db.outbox import SQL as OUTBOX
from db.outbox import write_message
from db.payments import SQL as PAYMENTS
from db.queries import queries
from db.rows import read_payment, write_changes, write_payment

log = logging.getLogger(__name__)
EVENTS = queries("events")
# One transaction stays short enough that a reader of the newest status hardly waits.
LARGEST_GROUP = 64
Waiting = tuple[ProviderEvent, "asyncio.Future[None]"]


class GroupWriter:
    """``record`` may be called by many at once; one loop writes. ``run`` it as a task, ``stop`` it to drain."""

    def __init__(self, database: Database, clock: Clock, rules: Rules, wake: Wake) -> None:
        self._database, self._clock, self._rules, self._wake = database, clock, rules, wake
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._stopping = False

    async def record(self, event: ProviderEvent) -> None:
        """Returns after the commit that holds the event. Raises what the database raised, or StaleWrite."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, committed))
        self._arrived.set()
        await committed

    async def run(self) -> None:
        while not (self._stopping and not self._waiting):
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
                await self._record_group(group)

    def stop(self) -> None:
        """``run`` returns once nothing waits."""
        self._stopping = True
        self._arrived.set()

    async def _record_group(self, group: Sequence[Waiting]) -> None:
        try:
            await self._write([event for event, _ in group])
        except Exception as error:  # noqa: BLE001 -- handed to whoever waits for the event
            if len(group) == 1:
                await self._record_alone(group[0])
                return
            # One bad event costs only itself.
            log.warning("a group of %d events is recorded one by one: %s", len(group), type(error).__name__)
            for one in group:
                await self._record_group([one])
            return
        for one in group:
            _settle(one, None)
        self._wake()

    async def _record_alone(self, one: Waiting) -> None:
        """A second try: a replica may have recorded the same event in the same instant, and is seen now."""
        try:
            await self._write([one[0]])
        except Exception as error:
            log.exception("event %s is not recorded", one[0].event_id)
            _settle(one, error)
        else:
            _settle(one, None)
            self._wake()

    async def _write(self, events: Sequence[ProviderEvent]) -> None:
        now = self._clock.now()
        async with self._database.begin() as connection:
            known = await _read_known(connection, events)
            todo = plan(known, events, self._rules, now)
            await _write_plan(connection, todo, known, to_text(now))


def _settle(waiting: Waiting, error: Exception | None) -> None:
    _, committed = waiting
    if committed.done():
        return  # whoever waited has gone; the event is kept all the same
    if error is None:
        committed.set_result(None)
    else:
        committed.set_exception(error)


async def _read_known(connection: Connection, events: Sequence[ProviderEvent]) -> Known:
    reports = [event.report for event in events if event.report]
    intent_ids = json.dumps(sorted({report.intent_id for report in reports if report.intent_id}))
    payment_ids = {report.metadata.payment_id or report.intent_id for report in reports}
    rows = await connection.fetch(
        PAYMENTS["known"], {"payment_ids": json.dumps(sorted(payment_ids)), "intent_ids": intent_ids}
    )
    # After the payments: on PostgreSQL their locks are held now, so no replica can add these events meanwhile.
    event_ids = json.dumps([event.event_id for event in events])
    seen = await connection.fetch(EVENTS["seen"], {"event_ids": event_ids})
    orphans = defaultdict(list)
    for intent_id, body in await connection.fetch(EVENTS["unmatched"], {"intent_ids": intent_ids}):
        orphans[intent_id].append(load_event(body))
    number = await connection.fetch(EVENTS["receipt_number"], {})
    return Known(
        payments=[read_payment(row) for row in rows],
        seen_event_ids=frozenset(row[0] for row in seen),
        orphans=orphans,
        last_receipt_number=number[0][0],
    )


async def _write_plan(connection: Connection, todo: Plan, known: Known, now: str) -> None:
    await connection.execute_many(
        EVENTS["add"],
        [
            {
                "event_id": event.event_id,
                "type": event.type,
                "payment_id": payment_id,
                "created_at": to_text(event.created),
                "received_at": now,
            }
            for event, payment_id in todo.events
        ],
    )
    await connection.execute_many(PAYMENTS["add"], [write_payment(one) for one in todo.inserted.values()])
    moved = await connection.execute_many(PAYMENTS["update"], [write_changes(one) for one in todo.changed.values()])
    if moved != len(todo.changed):
        raise StaleWrite("a payment of the group has moved")
    await _write_orphans(connection, todo, now)
    await _write_outbox(connection, todo, now)
    if todo.last_receipt_number != known.last_receipt_number:
        await connection.execute(EVENTS["set_receipt_number"], {"value": todo.last_receipt_number})


async def _write_orphans(connection: Connection, todo: Plan, now: str) -> None:
    await connection.execute_many(
        EVENTS["drop_unmatched"], [{"payment_intent_id": one} for one in sorted(todo.adopted_intents)]
    )
    orphans = [
        {
            "event_id": event.event_id,
            "payment_intent_id": event.report.intent_id,
            "body": dump_event(event),
            "received_at": now,
        }
        for event in todo.new_orphans
        if event.report
    ]
    await connection.execute_many(EVENTS["add_unmatched"], orphans)


async def _write_outbox(connection: Connection, todo: Plan, now: str) -> None:
    replaced = [{"payment_id": one} for one in sorted(todo.failures_replaced)]
    silenced = [{"payment_id": one} for one in sorted(todo.silenced)]
    await connection.execute_many(OUTBOX["replace_failure_mail"], replaced)
    rows = [write_message(one, now) for one in todo.messages]
    await connection.execute_many(OUTBOX["add"], rows)
    # Last: a failure and the success that overtakes it may be in one group.
    await connection.execute_many(OUTBOX["silence_failures"], silenced)
