"""In the middle of a run an older copy of the database is put back, then the shop moves to another one and back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.chaos.moves import Moves
from tests.chaos.plan import BACKUP, INTERLUDE
from tests.chaos.processes import Processes
from tests.chaos.referee import judge
from tests.chaos.world import Restored, World

LOOK_SECONDS = 1.0
ASK_AGAIN_SECONDS = 15.0  # Stripe may be away when it is asked
LONGEST_SETTLING = 180.0  # seconds; what is not told by then the verdict shows


class Gate:
    """Lets purchases begin, unless it is closed; ``inside`` counts those that have not ended."""

    def __init__(self) -> None:
        self.inside = 0
        self._open = asyncio.Event()
        self._open.set()

    async def enter(self) -> None:
        await self._open.wait()
        self.inside += 1

    def leave(self) -> None:
        self.inside -= 1

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


class Interlude:
    """``kills`` is held all the while: what was lost with the older copy must come back by itself.

    ``exits`` are codes of processes asked to end.
    """

    def __init__(
        self, processes: Processes, database: Moves, gate: Gate, kills: asyncio.Lock, restored: Restored
    ) -> None:
        self.exits: list[int] = []
        self._processes, self._database, self._gate = processes, database, gate
        self._kills, self._restored = kills, restored

    async def carry_out(
        self,
        world: Callable[[], Awaitable[World]],
        is_idle: Callable[[], bool],
        start: float,
        seconds: float,
        report: Callable[[str], None],
    ) -> None:
        """``start`` is the zero of the ``seconds`` of faults by the loop's clock. Ends with the gate still closed."""

        async def settled(when: str) -> World:
            began = asked = time.monotonic()
            await self._database.reconcile()
            while True:
                seen, idle = await world(), is_idle()
                verdict = judge(seen)
                missing = verdict.lost + [one for one in verdict.wrong if not one.startswith("not finished")]
                if not missing and idle and not self._gate.inside:
                    return seen
                if time.monotonic() > began + LONGEST_SETTLING:
                    report(f"{when} {self._gate.inside} purchases have not ended, and these stay: {missing[:5]}")
                    return seen
                if time.monotonic() > asked + ASK_AGAIN_SECONDS:
                    asked = time.monotonic()
                    await self._database.reconcile()
                await asyncio.sleep(LOOK_SECONDS)

        await _at(start + BACKUP * seconds)
        await self._database.back_up()
        await _at(start + INTERLUDE * seconds)
        async with self._kills:
            self._gate.close()
            seen = await settled("before the older copy is put back")
            await self._put_back(frozenset(one.payment_id for one in seen.intents))
            await settled("with the older copy")
            await self._move_on()
        report(f"an older copy came under {len(self._restored.told)} payments; the shop has moved there and back")

    async def _put_back(self, told: frozenset[str]) -> None:
        await self._processes.cut_off_all()
        self._restored.at, self._restored.told = time.time(), told
        await self._database.put_back()
        await self._processes.start_all()

    async def _move_on(self) -> None:
        await self._processes.until_ready()
        self.exits += await self._processes.stop_all()
        await self._database.move_on()
        await self._processes.start_all()


async def _at(instant: float) -> None:
    await asyncio.sleep(max(0.0, instant - asyncio.get_running_loop().time()))
