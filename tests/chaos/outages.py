"""Makes services fail as the plan says, and well again."""

import asyncio
import time
from dataclasses import dataclass, field

from sandbox.base.fake_server import FaultMode, StandIn
from sandbox.environment import Sandbox
from tests.chaos.plan import ALL_TOGETHER, Outage

RETRY_AFTER = 1  # seconds that a 429 asks for


@dataclass
class Troubles:
    """Instants in seconds since the epoch: ``cuts`` when connections were cut, whatever went over them then."""

    begun: int = 0
    cuts: list[float] = field(default_factory=list)


async def make_trouble(sandbox: Sandbox, outages: tuple[Outage, ...], start: float, troubles: Troubles) -> None:
    """Goes through the outages; ``start`` is their zero by the loop's clock, in seconds."""
    loop = asyncio.get_running_loop()
    for outage in outages:
        await asyncio.sleep(max(0.0, start + outage.begins_at - loop.time()))
        troubles.begun += 1
        troubles.cuts.append(time.time())
        try:
            for stand_in in _affected(sandbox, outage):
                await _fail(stand_in, outage.kind)
            await asyncio.sleep(max(0.0, start + outage.begins_at + outage.lasts - loop.time()))
        finally:
            await mend(sandbox)
        troubles.cuts.append(time.time())


async def mend(sandbox: Sandbox) -> None:
    """Everything answers again."""
    for stand_in in sandbox.stand_ins:
        await stand_in.bring_back()


def _affected(sandbox: Sandbox, outage: Outage) -> list[StandIn]:
    return [one for one in sandbox.stand_ins if outage.service in (ALL_TOGETHER, one.service)]


async def _fail(stand_in: StandIn, kind: FaultMode) -> None:
    if kind is FaultMode.REFUSE:
        await stand_in.take_down()
    else:
        stand_in.faults.set(kind, retry_after=RETRY_AFTER)
