"""The couriers: each takes one channel's messages from the outbox, sends them outside any transaction, marks them."""

import asyncio
import contextlib
import logging
import secrets
from datetime import datetime, timedelta

from checkout import limits
from checkout.customer import mask_addresses
from checkout.errors import ServiceError, ServiceRefused
from checkout.outbox import Channel, OutboxMessage, backoff
from checkout.pacing import Flood, Health, Pace
from checkout.ports import Clock, Storage
from checkout.usecases.make_up import making_up_for
from checkout.usecases.send_message import Delivery

log = logging.getLogger(__name__)
# Rows written by another process wake nobody here: look for them this often.
IDLE_LOOK = timedelta(seconds=2)


class Courier:
    """Delivers one channel's messages until stopped. ``wake`` it when there may be something new."""

    def __init__(
        self,
        channel: Channel,
        storage: Storage,
        clock: Clock,
        delivery: Delivery,
        pace: Pace,
        health: Health,
        flood: Flood,
        admin_ids: tuple[int, ...],
    ) -> None:
        self._channel, self._storage, self._clock = channel, storage, clock
        self._delivery, self._pace, self._health = delivery, pace, health
        self._flood, self._admin_ids = flood, admin_ids
        self._worker = f"{channel}-{secrets.token_hex(6)}"
        self._wanted, self._stopping = asyncio.Event(), False
        self._in_flight: set[asyncio.Task[None]] = set()
        self._resting = asyncio.Event()
        self._resting.set()

    def wake(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        """Works until ``stop``; nothing that goes wrong with one message ends it."""
        self._resting.clear()
        try:
            await self._work()
        finally:
            self._resting.set()

    def _is_stopping(self) -> bool:
        return self._stopping

    async def _work(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            await self._flood.over(unless=self._is_stopping)
            try:
                taken = await self._take()
            except Exception:
                log.exception("the outbox cannot be read; trying again")
                taken = 0
            if not taken:
                await self._sleep()

    async def stop(self, within: float) -> None:
        """Takes nothing more, lets what is in flight finish for ``within`` seconds, gives the leases back."""
        self._stopping = True
        self._wanted.set()
        with contextlib.suppress(TimeoutError):  # a claim under way ends before its lease is given back
            await asyncio.wait_for(self._resting.wait(), within)
        if self._in_flight:
            _, late = await asyncio.wait(self._in_flight, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        async with self._storage.begin() as tx:
            await tx.outbox.release(self._worker)

    async def deliver_due(self) -> int:
        """Sends everything that is due now, one round; returns how many were taken. For tests and commands."""
        taken = await self._take()
        if self._in_flight:
            await asyncio.gather(*self._in_flight)
        return taken

    async def _take(self) -> int:
        now = self._clock.now()
        room = (1 if self._flood.is_on else limits.sends_at_once()) - len(self._in_flight)
        if self._health.is_down:
            probe_at = self._health.probe_at()
            room = 0 if self._in_flight or (probe_at and now < probe_at) else 1
        if room <= 0:
            return 0
        async with self._storage.read() as tx:
            due = await tx.outbox.next_due(self._channel, now)
        if due is None or due > now:
            return 0
        async with self._storage.begin() as tx:
            messages = await tx.outbox.claim(self._channel, self._worker, now, room)
        if self._stopping:
            return 0  # ``stop`` gives their leases back
        for message in messages:
            task = asyncio.create_task(self._deliver(message))
            self._in_flight.add(task)
            task.add_done_callback(self._finished)
        return len(messages)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._wanted.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery could not be noted; its lease gives it back", exc_info=error)

    async def _sleep(self) -> None:
        """Until woken, or until the next message or probe may be due."""
        pause = IDLE_LOOK
        now = self._clock.now()
        with contextlib.suppress(Exception):  # the next look tells what is wrong with the database
            async with self._storage.read() as tx:
                due = await tx.outbox.next_due(self._channel, now)
            if due is not None and due > now:
                pause = min(pause, due - now)
        probe_at = self._health.probe_at()
        if probe_at is not None and probe_at > now:
            pause = min(pause, probe_at - now)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), max(0.02, pause.total_seconds()))

    async def _deliver(self, message: OutboxMessage) -> None:
        await self._pace.wait(message.recipient)
        await self._flood.over(unless=self._is_stopping)
        if not await self._still_wanted(message):
            return
        now = self._clock.now
        try:
            sent = await self._delivery.send(message, now())
        except ServiceRefused as error:
            self._health.succeeded()  # it answered
            await self._park(message, now(), _reason(error))
        except ServiceError as error:
            at = self._health.failed(now(), error.retry_after, _reason(error))
            await self._try_again(message, at, now(), _reason(error))
        except Exception as error:
            log.exception("outbox message %d of payment %s cannot be made", message.message_id, message.payment_id)
            await self._try_again_or_park(message, now(), f"{type(error).__name__}: {_reason(error)}")
        else:
            self._health.succeeded()
            async with self._storage.begin() as tx:
                await tx.outbox.mark_sent(message, self._worker, now(), sent.provider_id)
                await tx.outbox.add(sent.follow_ups)
            log.info("told %s by %s (payment %s)", message.kind, message.channel, message.payment_id)

    async def _still_wanted(self, message: OutboxMessage) -> bool:
        async with self._storage.read() as tx:
            return await tx.outbox.still_wanted(message, self._worker)

    async def _try_again(self, message: OutboxMessage, at: datetime, now: datetime, reason: str) -> None:
        if now - message.created_at > limits.giving_up():
            await self._park(message, now, reason)
            return
        async with self._storage.begin() as tx:
            await tx.outbox.retry_later(message, self._worker, at, reason)

    async def _try_again_or_park(self, message: OutboxMessage, now: datetime, reason: str) -> None:
        if message.attempts >= 5:
            await self._park(message, now, reason)
        else:
            await self._try_again(message, now + backoff(message.attempts), now, reason)

    async def _park(self, message: OutboxMessage, now: datetime, reason: str) -> None:
        log.warning("%s by %s of payment %s is parked: %s", message.kind, message.channel, message.payment_id, reason)
        async with self._storage.begin() as tx:
            await tx.outbox.park(message, self._worker, now, reason)
            await tx.outbox.add(await making_up_for(tx, message, reason, self._admin_ids, now))
        self.wake()


def _reason(error: Exception) -> str:
    text = mask_addresses(str(error))[:300]
    return f"{text} ({error.code})" if isinstance(error, ServiceError) and error.code else text
