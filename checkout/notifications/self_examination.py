"""A shop that runs looks at its surroundings once an hour; what has become bad, or good again, is told once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from checkout.model import keys
from checkout.model.message_kind import Trouble
from checkout.model.shop_notice import TroubleFound, TroubleOver
from checkout.notifications.compose import notices
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction

LOOKED = "looked around"  # the checkpoint of the last time
# Whatever is found is looked at again, before anybody is told: a line may hiccup, a proxy restart.
SURE_AFTER_SECONDS = 60.0
EVERY = timedelta(hours=1)

# Whether it is well; what could not be looked at is not in it.
Seen = Mapping[Trouble, bool]
Tell = Callable[[Transaction, Trouble, tuple[int, ...], datetime], Awaitable[bool]]
LookAround = Callable[[], Awaitable[Seen]]


class SelfExamination:
    def __init__(
        self, storage: Storage, clock: Clock, wake: Wake, look_around: LookAround, admin_ids: tuple[int, ...]
    ) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake
        self._look_around, self._admin_ids = look_around, admin_ids

    async def run_once(self) -> None:
        """Nothing within an hour of the last time, of another process too. One at a time, please."""
        async with self._storage.read() as tx:
            looked = await tx.checkpoints.get(LOOKED)
            # As words: those of a newer version, before somebody went back to this one, are left to it.
            known = {name.removeprefix(_name("")) for name in await tx.checkpoints.beginning_with(_name(""))}
        now = self._clock.now()
        if looked is not None and looked <= now < looked + EVERY:
            return
        seen = await self._look_around()
        if any(not is_well and trouble not in known for trouble, is_well in seen.items()):
            await asyncio.sleep(SURE_AFTER_SECONDS)
            again = await self._look_around()
            seen = {trouble: is_well or again.get(trouble, True) for trouble, is_well in seen.items()}
        for trouble, is_well in seen.items():
            if is_well == (trouble in known):
                await self._tell(tell_over if is_well else tell_found, trouble)
        async with self._storage.begin() as tx:
            await tx.checkpoints.put(LOOKED, now, now)

    async def _tell(self, tell: Tell, trouble: Trouble) -> None:
        async with self._storage.begin() as tx:
            is_told = await tell(tx, trouble, self._admin_ids, self._clock.now())
        if is_told:
            self._wake()


async def tell_found(tx: Transaction, trouble: Trouble, admin_ids: tuple[int, ...], now: datetime) -> bool:
    """False where it was told before."""
    if not await tx.checkpoints.add(_name(trouble), now):
        return False
    await tx.outbox.add(notices(admin_ids, TroubleFound(trouble), partial(keys.trouble_found, trouble, now), now))
    return True


async def tell_over(tx: Transaction, trouble: Trouble, admin_ids: tuple[int, ...], now: datetime) -> bool:
    """False where it was over before."""
    since = await tx.checkpoints.remove(_name(trouble))
    if since is None:
        return False
    await tx.outbox.add(notices(admin_ids, TroubleOver(trouble), partial(keys.trouble_over, trouble, since), now))
    return True


async def since_when(tx: Transaction, trouble: Trouble) -> datetime | None:
    """When it was seen first; None where there is none."""
    return await tx.checkpoints.get(_name(trouble))


def _name(trouble: str) -> str:
    return f"trouble/{trouble}"
