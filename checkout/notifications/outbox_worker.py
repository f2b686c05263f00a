"""The workers: each takes one channel's messages from the outbox, sends them outside any transaction, notes them."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

from checkout import limits
from checkout.errors import (
    AskedToWait,
    DatabaseAway,
    OwnTrouble,
    ServiceError,
    ServiceRefused,
    StaleWrite,
)
from checkout.model.outbox import Channel, Lane, OutboxMessage
from checkout.notifications.delivery import Delivery, Sent
from checkout.notifications.leases import Leases
from checkout.notifications.log_words import about, named, reason_of
from checkout.notifications.outcomes import Outcomes
from checkout.notifications.send_slot import Keep, NotNow, SendSlot
from checkout.ports.outbox import EVERYTHING
from checkout.ports.runtime import Clock, Meter, RateLimit
from checkout.ports.storage import Storage
from checkout.resilience.backoff import backoff
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.circuit_breaker import SILENT_SECONDS
from checkout.resilience.metering import SILENT
from checkout.resilience.service_health import ServiceHealth

log = logging.getLogger(__name__)
# The ways in which a worker uses its service, and the database.
SENDING, TAKING = "sending", "taking"
# Rows written by another process wake nobody here: look for them this often.
IDLE_LOOK = timedelta(seconds=2)
# A message that cannot even be made is tried so often, half a minute in all, before a person has to look at it.
MAKING_TRIES = 5


class OutboxWorker:
    """Delivers a channel's messages, or those of a lane, until stopped. ``wake`` it when something may be new."""

    def __init__(
        self,
        channel: Channel,
        storage: Storage,
        clock: Clock,
        delivery: Delivery,
        rate_limiter: RateLimit,
        health: ServiceHealth,
        backpressure: Backpressure,
        admin_ids: tuple[int, ...],
        meter: Meter = SILENT,
        lane: Lane = EVERYTHING,
    ) -> None:
        self.channel, self._storage, self._clock = channel, storage, clock
        self._delivery, self._rate_limiter, self._health = delivery, rate_limiter, health
        self._backpressure, self._meter = backpressure, meter
        self._worker = f"{channel}-{secrets.token_hex(6)}"
        self._wanted, self._stopping = asyncio.Event(), False
        self._webhooks_first = partial(backpressure.over, unless=lambda: self._stopping)
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._slots: dict[int, SendSlot] = {}
        self._again: set[int] = set()
        self._probe: tuple[asyncio.Task[None], float] | None = None
        self._not_made: Counter[int] = Counter()
        self._database = ServiceHealth(f"The database, asked for {channel} messages,", clock)
        self._leases = Leases(channel, self._worker, storage, clock, lane)
        self._outcomes = Outcomes(self._worker, storage, clock, self._database, admin_ids, meter)
        self._most = limits.uploads_at_once() if lane.name == "heavy" else limits.sends_at_once()
        self._resting = asyncio.Event()
        self._resting.set()

    def wake(self, *, one_is_due: bool = False) -> None:
        """There may be something to send; ``one_is_due`` when that is certain: then nobody looks first."""
        if one_is_due:
            self._leases.expect_one()
        self._wanted.set()

    async def run(self) -> None:
        """Works until ``stop``; nothing that goes wrong with one message ends it."""
        self._resting.clear()
        try:
            await self._work()
        finally:
            self._resting.set()

    async def _work(self) -> None:
        while not self._stopping:
            self._wanted.clear()
            await self._webhooks_first()
            try:
                await self._leases.look(self._in_flight)
                taken = await self._take()
                self._database.answered(TAKING)
            except Exception as error:  # noqa: BLE001 -- whatever the database raises, it cannot be asked now
                self._database.failed(TAKING, named(error))
                taken = 0
            if not taken or not self._leases.may_have_more:
                await self._sleep()

    async def stop(self, within: float) -> None:
        """Takes nothing more, lets what is being said be said for ``within`` seconds, gives the leases back."""
        self._stopping = True
        self._wanted.set()
        with contextlib.suppress(TimeoutError):  # a claim under way ends before its lease is given back
            await asyncio.wait_for(self._resting.wait(), within)
        for message_id, task in self._in_flight.items():
            if not ((slot := self._slots.get(message_id)) and slot.was_given):
                task.cancel()  # whoever waits for a pause or for webhooks is as well told by the next process
        if self._in_flight:
            _, late = await asyncio.wait(self._in_flight.values(), timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            async with self._storage.begin() as tx:
                await tx.outbox.release(self._worker)
        except Exception as error:  # noqa: BLE001 -- as above: the process ends all the same
            log.warning("what was taken waits until its leases end: %s", named(error))

    async def deliver_due(self) -> int:
        """Sends everything that is due now, one round; returns how many were taken. For tests."""
        taken = await self._take()
        if self._in_flight:
            await asyncio.gather(*self._in_flight.values())
        return taken

    async def _take(self) -> int:
        now = self._clock.now()
        room = (1 if self._backpressure.is_on else self._most) - len(self._in_flight)
        if is_probe := self._health.is_failing(SENDING):
            probe_at = self._health.probe_at(SENDING)
            room = 0 if self._is_probed() or (probe_at and now < probe_at) else min(room, 1)
        if room <= 0:
            return 0
        # What never gets through is not to be the only one that asks, nor to take all places while it hangs.
        again = (self._most + 1) // 2 - len(self._again)
        # Resend's limits are of all mails; Telegram's may be a chat's, and Stripe's of one kind of request.
        answered_at = self._health.answered_at if self.channel is Channel.MAIL else None
        messages = await self._leases.take(room, new_first=is_probe, again=max(0, again), answered_at=answered_at)
        if self._stopping:
            return 0  # ``stop`` gives their leases back
        for message in messages:
            self._start(message, is_probe)
        return len(messages)

    def _is_probed(self) -> bool:
        """Who asks and has long been silent may be alone in that: somebody else asks, too."""
        if self._probe is None or self._probe[0].done():
            return False
        return time.monotonic() - self._probe[1] < SILENT_SECONDS

    def _start(self, message: OutboxMessage, is_probe: bool) -> None:
        if message.message_id in self._in_flight:
            return  # others took this process for dead, and gave back what is still under way here
        task = asyncio.create_task(self._deliver(message, is_probe))
        self._in_flight[message.message_id] = task
        if message.failing_since is not None:
            self._again.add(message.message_id)
        if is_probe:
            self._probe = task, time.monotonic()
        task.add_done_callback(lambda done: self._finished(message.message_id, done))

    def _finished(self, message_id: int, task: asyncio.Task[None]) -> None:
        self._in_flight.pop(message_id, None)
        self._slots.pop(message_id, None)
        self._again.discard(message_id)
        self._wanted.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery could not be noted; its lease is taken back in a while", exc_info=error)

    async def _sleep(self) -> None:
        """Until woken, or until the next message or probe may be due. Whoever adds one that is due wakes it."""
        pause = IDLE_LOOK
        now, due = self._clock.now(), self._leases.next_due
        if due is not None and due > now:
            pause = min(pause, due - now)
        probe_at = self._health.probe_at(SENDING)
        if probe_at is not None and probe_at > now:
            pause = min(pause, probe_at - now)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), max(0.02, pause.total_seconds()))

    async def _deliver(self, message: OutboxMessage, is_probe: bool) -> None:
        now, health = self._clock.now, self._health
        began = health.answers(SENDING)
        try:
            sent = await self._sent(message, is_probe)
        except NotNow:
            return
        except ServiceRefused as error:
            health.answered(SENDING, message.recipient, _itself(message))  # it answered
            await self._outcomes.park(message, now(), reason_of(error))
        except OwnTrouble as error:
            await self._after_own_trouble(message, error)
        except ServiceError as error:
            # A limit is the recipient's; what fails otherwise may be the message's.
            whom = message.recipient if isinstance(error, AskedToWait) else _itself(message)
            at = health.not_served(SENDING, error, whom, reason_of(error), began)
            await self._outcomes.try_again(message, at, now(), reason_of(error))
        except Exception as error:  # noqa: BLE001 -- one message's trouble must not stop the others
            await self._could_not_make(message, error)
        else:
            health.answered(SENDING, message.recipient, _itself(message))
            await self._outcomes.sent(message, sent)

    async def _check(self, message: OutboxMessage, is_probe: bool, keep: Keep | None) -> None:
        """Right before it leaves; what ``keep`` writes is in the same transaction. Raises NotNow."""
        if self._health.is_failing(SENDING) and not is_probe:
            # It went down while this one waited: only the probe asks.
            at = self._health.probe_at(SENDING) or self._clock.now()
            await self._outcomes.put_off(message, at, "waits for the probe")
            raise NotNow
        async with self._storage.begin() if keep else self._storage.read() as tx:
            if keep:
                await keep(tx)
            # Last: what is kept takes a while, and is taken back where nobody is to be told any more.
            if not await tx.outbox.still_wanted(message, self._worker):
                raise NotNow

    async def _sent(self, message: OutboxMessage, is_probe: bool) -> Sent:
        # Without a limit of its own: each request and statement in it has one, and what is cut off between the
        # request and its answer would be said twice.
        check = partial(self._check, message, is_probe)
        slot = SendSlot(message.recipient, self._webhooks_first, self._rate_limiter, check)
        self._slots[message.message_id] = slot
        began = time.perf_counter()
        try:
            return await self._delivery.send(message, self._clock.now(), slot)
        finally:
            self._meter.sending(message.channel, time.perf_counter() - began - slot.waited)
            await slot.ended()

    async def _after_own_trouble(self, message: OutboxMessage, error: OwnTrouble) -> None:
        """Nobody else waits. What may have arrived is not sent again and again."""
        now, reason = self._clock.now(), reason_of(error)
        # A mail that comes again under its key is the same mail.
        may_repeat = message.channel is not Channel.CHAT
        counted = replace(message, unclear=message.unclear + error.is_unclear)
        if may_repeat or counted.unclear <= limits.repeats_of_unclear():
            await self._outcomes.try_again(counted, now + backoff(message.attempts), now, reason)
        else:
            await self._outcomes.park(message, now, reason, is_unclear=True)

    async def _could_not_make(self, message: OutboxMessage, error: Exception) -> None:
        """A database that is away, or lets others go first, is waited for; what cannot be made is parked in the end."""
        now, reason = self._clock.now(), named(error)
        if isinstance(error, (DatabaseAway, StaleWrite)) or await self._outcomes.database_is_away():
            await self._outcomes.try_again(message, now + backoff(1), now, reason)
            return
        log.error("%s by %s cannot be made", message.kind, message.channel, exc_info=error, extra=about(message))
        self._not_made[message.message_id] += 1
        tries = self._not_made[message.message_id]
        if tries < MAKING_TRIES:
            await self._outcomes.try_again(message, now + backoff(tries), now, reason)
        else:
            del self._not_made[message.message_id]
            await self._outcomes.park(message, now, reason)


def _itself(message: OutboxMessage) -> str:
    """Beside recipients, of whom many are numbers, too."""
    return f"message {message.message_id}"
