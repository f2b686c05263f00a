"""A service that is down for long is told to the admins, once for each outage, and once more when it is back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from checkout import limits
from checkout.model import keys
from checkout.model.shop_notice import ServiceBack, ServiceDown
from checkout.notifications.compose import notices
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage
from checkout.resilience.service_health import ServiceHealth
from checkout.resilience.wrong_clock import is_ahead


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told of one service, over every process and restart. An outage is open while nothing followed it.

    ``since`` it is down as far as was told, ``at`` when that was noted, and when it was ``back``. Until ``failed`` it
    was down for one of them, as far as was noted while the outage was open.
    """

    since: datetime | None
    at: datetime | None
    back: datetime | None
    failed: datetime | None

    @property
    def is_open(self) -> bool:
        return self.at is not None and (self.back is None or self.back <= self.at)


class OutageAlerts:
    """``unspeakable`` is the service that the admins are told by: of its outage they hear when it is over."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wake: Wake,
        services: Sequence[ServiceHealth],
        unspeakable: str,
        admin_ids: tuple[int, ...],
    ) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake
        self._services, self._unspeakable, self._admin_ids = services, unspeakable, admin_ids
        self._failed_here: dict[str, datetime] = {}

    async def run_once(self) -> None:
        """Each process sees with its own eyes; what was told is kept for all of them. One at a time, please."""
        for health in self._services:
            if health.since is None and health.answered_at is None:
                continue  # it was not asked for anything yet
            told = await self._told(health.service)
            if not told.is_open and (since := _long_down_since(health, told)):
                await self._tell_down(health.service, since)
                await self._note_failure(health, told)
            elif told.is_open and health.failed_at is not None:
                await self._note_failure(health, told)
            elif told.is_open and _is_back(health, told) and not self._fails_elsewhere(health.service, told):
                await self._tell_back(health, told)

    async def _note_failure(self, health: ServiceHealth, told: _Told) -> None:
        """Whom it answers does not tell that it is back while it is down for others: they would tell it anew."""
        at = health.down_until
        if at is None or (told.failed is not None and told.failed >= at):
            return
        self._failed_here[health.service] = at
        async with self._storage.begin() as tx:
            await tx.checkpoints.put(_names(health.service)[-1], at, self._clock.now())

    def _fails_elsewhere(self, service: str, told: _Told) -> bool:
        """Who has seen it fail last tells that it is back; who asks no more, or is gone, holds up nothing."""
        if told.failed is None or told.failed == self._failed_here.get(service):
            return False
        return abs(self._clock.now() - told.failed) < limits.outage_quiet()

    async def _told(self, service: str) -> _Told:
        """By a clock that goes right: what a clock that was ahead has noted is moved back, in its order."""
        now = self._clock.now()
        async with self._storage.read() as tx:
            noted = {name: await tx.checkpoints.get(name) for name in _names(service)}
        ahead = {name: at for name, at in noted.items() if at is not None and is_ahead(at, now)}
        if ahead:
            too_far = max(ahead.values()) - now
            async with self._storage.begin() as tx:
                for name, at in ahead.items():
                    noted[name] = at - too_far
                    await tx.checkpoints.put(name, at - too_far, now)
        return _Told(*noted.values())

    async def _tell_down(self, service: str, since: datetime) -> None:
        now, key = self._clock.now(), partial(keys.service_down, service, since)
        messages = notices(self._admin_ids, ServiceDown(service, since), key, now)
        async with self._storage.begin() as tx:
            down_since, told_down, *_ = _names(service)
            await tx.checkpoints.put(down_since, since, now)
            await tx.checkpoints.put(told_down, now, now)
            await tx.outbox.add([] if service == self._unspeakable else messages)
        self._wake()

    async def _tell_back(self, health: ServiceHealth, told: _Told) -> None:
        now, since = self._clock.now(), told.since or told.at
        assert since is not None
        assert health.answered_at is not None
        key = partial(keys.service_back, health.service, since)
        content = ServiceBack(health.service, since, health.answered_at)
        async with self._storage.begin() as tx:
            _, _, told_back, _ = _names(health.service)
            await tx.checkpoints.put(told_back, now, now)
            await tx.outbox.add(notices(self._admin_ids, content, key, now))
        self._wake()


def _names(service: str) -> tuple[str, str, str, str]:
    """Of the checkpoints, in the order of what _Told holds."""
    return f"{service} is down since", f"{service} is told down", f"{service} is back", f"{service} has failed"


def _long_down_since(health: ServiceHealth, told: _Told) -> datetime | None:
    """Since when, if it has failed for long enough; what another process has told of is not told again."""
    if health.since is None or health.down_until is None:
        return None
    since = max(health.since, told.back) if told.back else health.since
    return since if health.down_until - since >= limits.outage_told_after() else None


def _is_back(health: ServiceHealth, told: _Told) -> bool:
    """It has answered after it was told to be down, and has not failed since."""
    answered = health.answered_at
    return health.since is None and answered is not None and told.at is not None and answered > told.at
