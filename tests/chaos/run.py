"""One run: real processes, scripted customers, a plan of faults, and the verdict."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from sandbox.base.fake_server import LogEntry
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA
from tests.chaos import confidential
from tests.chaos.admin import Admin
from tests.chaos.balancer import Balancer
from tests.chaos.catalog_files import write_catalog
from tests.chaos.customers import Customer, person_number
from tests.chaos.interlude import Gate, Interlude
from tests.chaos.moves import Moves
from tests.chaos.outages import Troubles, make_trouble, mend
from tests.chaos.plan import Plan, detours
from tests.chaos.processes import Processes
from tests.chaos.referee import Verdict, judge
from tests.chaos.world import Restored, World, observe, read_database
from tests.support.faults.slow_line import slow_line
from tests.support.shop import free_port

Report = Callable[[str], None]
LOOK_SECONDS = 2.0
BYTES_PER_SECOND = 4_000_000  # of a slow line: five megabytes take longer than processes live here
KILL_PAUSE = 5.0  # seconds between kills after the plan's, while somebody is still buying
# A replica that is to take over a dead one's messages must live for half a minute: no purchase ends without them.
KILL_PAUSE_OF_REPLICAS = 45.0
LONGEST_SHOPPING = 240.0  # seconds after the plan's end; who has not finished then is reported as not finished


@dataclass(slots=True)
class Result:
    """``catch_up`` in seconds from the last fault until everybody knew everything; ``took`` in seconds in all."""

    database: str
    replicas: int
    plan: Plan
    verdict: Verdict = field(default_factory=Verdict)
    kills: int = 0
    outages: int = 0
    events: int = 0
    events_lost: int = 0
    deliveries: int = 0
    mails: int = 0
    catch_up: float = 0.0
    took: float = 0.0


class Run:
    """Keeps the parts of one run together. ``patience``: how many seconds everything may take to catch up."""

    def __init__(self, plan: Plan, sandbox: Sandbox, processes: Processes, url: str, database: Moves | str) -> None:
        self.plan, self.sandbox, self.processes = plan, sandbox, processes
        self.troubles = Troubles()
        self._url, self._database = url, database
        self._gate, self._kills = Gate(), asyncio.Lock()
        self._restored = Restored()
        self._admin = Admin(sandbox)
        self._customers: list[Customer] = []
        self._lost_answers: list[float] = []
        self._other_bytes = 0
        self._bad_ends: list[str] = []
        self._watch_services()

    async def carry_out(self, http: aiohttp.ClientSession, patience: float, report: Report) -> tuple[Verdict, float]:
        """The faults, then the quiet after them. Returns the verdict and the seconds it took to catch up."""
        start = asyncio.get_running_loop().time()
        shopping = asyncio.create_task(self._shop(http, start))
        self.sandbox.stripe.webhooks.detours = lambda number: detours(self.plan.seed, number, self.plan.size.lost)
        try:
            trouble = make_trouble(self.sandbox, self.plan.outages, start, self.troubles)
            await asyncio.gather(self._kill(start), trouble, self._interlude(start, report))
            await asyncio.sleep(max(0.0, start + self.plan.size.seconds - asyncio.get_running_loop().time()))
            kills, unfinished = len(self.processes.kills), len(self._unfinished())
            report(f"the outages are over, after {kills} kills; {unfinished} purchases go on")
            await self._until_all_have_bought(shopping)
            await self._end_faults()
            report(f"everybody has bought; all is started again after {len(self.processes.kills)} kills")
            return await self._catch_up(shopping, patience, report)
        finally:
            shopping.cancel()
            await asyncio.gather(shopping, return_exceptions=True)

    async def _shop(self, http: aiohttp.ClientSession, start: float) -> None:
        mine = [
            [one for one in self.plan.purchases if one.customer == number] for number in range(self.plan.size.customers)
        ]
        self._customers = [
            Customer(number, self.sandbox, self._url, http, self._admin, self._gate) for number in range(len(mine))
        ]
        async with asyncio.TaskGroup() as shopping:
            for customer, purchases in zip(self._customers, mine, strict=True):
                shopping.create_task(customer.buy_all(purchases, start))

    async def _kill(self, start: float) -> None:
        dice = random.Random(self.plan.seed)
        for instant in self.plan.kills:
            await asyncio.sleep(max(0.0, start + instant - asyncio.get_running_loop().time()))
            if not self._kills.locked():  # an interlude's pause; those of the plan that fall into it are left out
                async with self._kills:
                    await self.processes.kill_one(dice)

    async def _interlude(self, start: float, report: Report) -> None:
        if isinstance(self._database, str):
            return
        interlude = Interlude(self.processes, self._database, self._gate, self._kills, self._restored)
        await interlude.carry_out(self.world, self._is_idle, start, self.plan.size.seconds, report)
        self._note_exits(interlude.exits)
        for customer in self._customers:
            customer.may_be_forgotten()
        self._gate.open()

    def _is_idle(self) -> bool:
        return self.sandbox.stripe.webhooks.is_idle

    async def _until_all_have_bought(self, shopping: "asyncio.Task[None]") -> None:
        """Webhooks go on being lost, doubled and shuffled, and now and then a process is killed."""
        dice, deadline = random.Random(self.plan.seed), time.monotonic() + LONGEST_SHOPPING
        pause = KILL_PAUSE if self.processes.count == 1 else KILL_PAUSE_OF_REPLICAS
        while time.monotonic() < deadline:
            done, _ = await asyncio.wait({shopping}, timeout=pause)
            if done:
                return
            if self.plan.size.ends_with_kill:
                async with self._kills:
                    await self.processes.kill_one(dice)
                    await self.processes.until_ready()  # on a slow machine none would come to sell anything

    async def _end_faults(self) -> None:
        """At last everything ends at once. What starts then finds what never arrived."""
        await mend(self.sandbox)
        self.sandbox.stripe.webhooks.detours = None
        if self.plan.size.ends_with_kill:
            await self.processes.kill_all()
        else:
            self._note_exits(await self.processes.stop_all())
            await self.processes.start_all()

    async def _catch_up(self, shopping: "asyncio.Task[None]", patience: float, report: Report) -> tuple[Verdict, float]:
        began, reported = time.monotonic(), 0.0
        await self.processes.until_ready()
        while True:
            if shopping.done() and (error := shopping.exception()):
                raise error
            verdict = judge(await self.world())
            passed = time.monotonic() - began
            is_quiet = shopping.done() and self.sandbox.stripe.webhooks.is_idle
            if (is_quiet and not verdict.may_improve) or passed > patience:
                return verdict, passed
            if passed - reported > 20:
                reported = passed
                counts = f"{len(verdict.lost)} lost, {len(verdict.wrong)} wrong, {len(verdict.twice)} twice"
                report(f"{passed:.0f} s later: {counts}")
            await asyncio.sleep(LOOK_SECONDS)

    async def stop(self) -> list[str]:
        """SIGTERM for all; what was wrong with how they ended."""
        self._note_exits(await self.processes.stop_all())
        return self._bad_ends

    def _note_exits(self, codes: list[int]) -> None:
        self._bad_ends += [f"a process asked to end ended with {code}" for code in codes if code != 0]

    async def world(self) -> World:
        """Everything as it is now."""
        rows, outbox = await read_database(self.database_url)
        world = observe(self.sandbox, rows, outbox)
        duplicates = {one for customer in self._customers for one in customer.duplicates}
        world.intents = [
            replace(
                one,
                decision=self._admin.decisions.get(one.payment_id, ""),
                is_duplicate=one.intent_id in duplicates,
            )
            for one in world.intents
        ]
        world.interruptions = [*self.processes.kills, *self._lost_answers, *self.troubles.cuts]
        world.other_bytes = self._other_bytes
        world.restored = self._restored
        world.unfinished = self._unfinished()
        world.complaints = [
            *(f"a process ended by itself with {code}" for code in self.processes.ended_by_itself),
            *self._bad_ends,
        ]
        return world

    @property
    def database_url(self) -> str:
        """Where the shop's database is now."""
        return self._database if isinstance(self._database, str) else self._database.url

    def _unfinished(self) -> list[str]:
        return sorted(one for customer in self._customers for one in customer.unfinished)

    def _watch_services(self) -> None:
        for stand_in in self.sandbox.stand_ins:
            stand_in.on_log = self._note

    def _note(self, entry: LogEntry) -> None:
        if entry.service == "telegram" and entry.detail.get("fault") == "reset_body":
            self._lost_answers.append(entry.at)
        if entry.service == "resend" and "different request payload" in entry.text:
            self._other_bytes += 1


async def run(plan: Plan, folder: Path, *, database_url: str = "", replicas: int = 1, patience: float = 500,
              onward: Sequence[str] = (), report: Report = lambda text: None) -> Result:  # fmt: skip
    """Runs the plan on SQLite with one process, or on ``database_url`` with several behind a balancer.

    ``onward``: the empty databases by which the shop goes in the plan's interlude.
    """
    began = time.monotonic()
    result = Result("PostgreSQL" if database_url else "SQLite", replicas, plan)
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
        public, ports = free_port(), [free_port() for _ in range(replicas)]
        environments = _environments(sandbox, plan, folder, database_url, public, ports)
        if plan.size.slow_line:
            for service in (sandbox.telegram, sandbox.resend):
                line = await stack.enter_async_context(slow_line(service.url, BYTES_PER_SECOND))
                for environment in environments:
                    environment[f"{service.service.upper()}_API_URL"] = line.url
        if database_url:
            balancer = Balancer(ports)
            await balancer.start(public)
            stack.push_async_callback(balancer.close)
        sandbox.register_webhooks(public)
        _people(sandbox, plan)
        processes = await stack.enter_async_context(_open(environments, folder))
        url = database_url or environments[0]["DATABASE_URL"]
        database = Moves(processes, folder, url, onward) if plan.size.interlude else url
        one = Run(plan, sandbox, processes, f"http://127.0.0.1:{public}", database)
        result.verdict, result.catch_up = await one.carry_out(http, patience, report)
        await _close_shop(one, environments[0], result)
        result.kills, result.outages = len(processes.kills), one.troubles.begun
        result.events, result.events_lost = len(sandbox.stripe.events), len(sandbox.stripe.webhooks.lost)
        result.deliveries, result.mails = len(sandbox.stripe.attempts), len(sandbox.resend.mails)
    result.took = time.monotonic() - began
    return result


async def _close_shop(one: Run, environment: dict[str, str], result: Result) -> None:
    """SIGTERM, then a look at the log."""
    bad_ends = await one.stop()
    rows, _ = await read_database(one.database_url)
    secrets = confidential.secrets_of(one.sandbox, environment, (row.pay_token for row in rows))
    log, wrong = one.processes.log, result.verdict.wrong
    wrong += bad_ends
    wrong += confidential.leaks(log, secrets, confidential.codes_of(one.sandbox))
    wrong += confidential.crashes(log)


@asynccontextmanager
async def _open(environments: list[dict[str, str]], folder: Path) -> AsyncIterator[Processes]:
    processes = Processes(environments, folder)
    try:
        await processes.start_all()
        yield processes
    finally:
        await processes.close()


def _people(sandbox: Sandbox, plan: Plan) -> None:
    sandbox.telegram.meet(MIRA)
    for number in range(plan.size.customers):
        sandbox.telegram.chats.add_person(person_number(number))


def _environments(
    sandbox: Sandbox, plan: Plan, folder: Path, database_url: str, public: int, ports: list[int]
) -> list[dict[str, str]]:
    catalog = write_catalog(folder, plan.products, large=plan.size.slow_line)
    common = {**sandbox.settings(public), "CATALOG": str(catalog)}
    if not database_url:
        return [{**common, "DATABASE_URL": f"sqlite:///{folder / 'checkout.db'}"}]
    shared = {
        **common,
        "DATABASE_URL": database_url,
        "TELEGRAM_UPDATES": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": "chaos-telegram-secret",
    }
    return [{**shared, "PORT": str(port)} for port in ports]
