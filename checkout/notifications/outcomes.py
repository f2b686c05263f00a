"""What became of a message is written down, whatever the database does meanwhile."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from checkout import limits
from checkout.model.outbox import NewMessage, OutboxMessage
from checkout.notifications.channel_fallback import fall_back_for, unclear_alerts
from checkout.notifications.compose import Composer
from checkout.notifications.delivery import Sent
from checkout.notifications.log_words import about, named
from checkout.ports.runtime import Clock, Meter
from checkout.ports.storage import Storage, Transaction
from checkout.resilience.backoff import database_backoff
from checkout.resilience.service_health import ServiceHealth

log = logging.getLogger(__name__)
NOTING = "noting"  # a way in which a worker uses the database


class Outcomes:
    """Of the messages that one ``worker`` holds. ``database`` is what it knows of the database's health."""

    def __init__(
        self,
        worker: str,
        storage: Storage,
        clock: Clock,
        database: ServiceHealth,
        admin_ids: tuple[int, ...],
        meter: Meter,
    ) -> None:
        self._worker, self._storage, self._clock = worker, storage, clock
        self._database, self._admin_ids, self._meter = database, admin_ids, meter

    async def sent(self, message: OutboxMessage, sent: Sent) -> None:
        now = self._clock.now()

        async def write(tx: Transaction) -> None:
            await tx.outbox.mark_sent(message, now, sent.provider_id)
            await tx.outbox.add(sent.follow_ups)
            await tx.outbox.mark_told_along(sent.along, now)
            if sent.moved:
                before, new = sent.moved
                # Where its customer has moved it meanwhile, it is brought up to date there.
                has_moved = await tx.payments.move_chat_message(message.payment_id, before, new)
                if left := before if has_moved else new:
                    chat_id, composer = int(message.recipient), Composer((), now)
                    await tx.outbox.add([composer.pay_message_left(message.payment_id, chat_id, left)])

        await self._note(write)
        self._meter.send(message.channel, message.kind, "sent")
        log.info("told %s by %s", message.kind, message.channel, extra=about(message))

    async def put_off(self, message: OutboxMessage, at: datetime, reason: str) -> None:
        """It was not tried."""
        await self._note(lambda tx: tx.outbox.put_off(message, self._worker, self._clock.now(), at, reason))

    async def try_again(self, message: OutboxMessage, at: datetime, now: datetime, reason: str) -> None:
        """Parked where it has been tried in vain for long."""
        if message.failing_since and now - message.failing_since > limits.giving_up():
            await self.park(message, now, reason)
            return
        self._meter.send(message.channel, message.kind, "retry")
        said = "%s by %s did not leave and is tried again in %.1f s: %s"
        wait = max(0.0, (at - now).total_seconds())
        log.info(said, message.kind, message.channel, wait, reason, extra=about(message))
        await self._note(lambda tx: tx.outbox.retry_later(message, self._worker, now, at, reason))

    async def park(self, message: OutboxMessage, now: datetime, reason: str, *, is_unclear: bool = False) -> None:
        """The other channel makes up for it. ``is_unclear``: it may have arrived."""
        self._meter.send(message.channel, message.kind, "parked")
        log.warning("%s by %s is parked: %s", message.kind, message.channel, reason, extra=about(message))

        async def write(tx: Transaction) -> None:
            await tx.outbox.park(message, self._worker, reason)
            await tx.outbox.add(await self._follows(tx, message, reason, now))
            await tx.outbox.add(unclear_alerts(message, reason, self._admin_ids, now) if is_unclear else [])

        await self._note(write)

    async def _follows(self, tx: Transaction, message: OutboxMessage, reason: str, now: datetime) -> list[NewMessage]:
        """Nothing where a row of the payment cannot be read: its message is parked all the same, for admins to see."""
        try:
            return await fall_back_for(tx, message, reason, self._admin_ids, now)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            said = "nobody makes up for %s by %s: its payment cannot be read"
            log.error(said, message.kind, message.channel, exc_info=error, extra=about(message))
            return []

    async def database_is_away(self) -> bool:
        try:
            async with self._storage.begin():
                return False
        except Exception as error:  # noqa: BLE001 -- as in _note
            self._database.failed(NOTING, named(error))
            return True

    async def _note(self, write: Callable[[Transaction], Awaitable[None]]) -> None:
        """Goes on until the database takes it: what was sent and never noted would be sent again."""
        failures = 0
        while True:
            try:
                async with self._storage.begin() as tx:
                    await write(tx)
            except Exception as error:  # noqa: BLE001 -- whatever the database raises, it cannot write now
                failures += 1
                self._database.failed(NOTING, named(error))
                await asyncio.sleep(database_backoff(failures).total_seconds())
            else:
                self._database.answered(NOTING)
                return
