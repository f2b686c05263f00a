"""Webhooks to 200 against a bare handler, and with a million payments against none: CPU for each, which a noisy machine
hardly moves, and throughput.

Both servers take turns, round by round; what counts is the median of the rounds' ratios.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from bench.events import signed_request
from bench.load import run_load
from bench.report import line
from bench.rows import filled
from bench.server import application, bare, cpu_seconds, free_port
from checkout.purchase.payment_ids import new_payment_id
from db.engine.database_url import parse_database_url
from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from tests.support.databases import embedded_postgres, fresh_postgres_database

ROUNDS = 5
# How many webhooks a round sends over so many connections, and the CPU ratios to be reached on each database.
EVENTS = {1: 300, 16: 2000, 64: 2000}
SQLITE_BOUNDS = {16: 0.30, 64: 0.40}
POSTGRES_BOUNDS = {16: 0.35, 64: 0.45}
# Of the throughput, with a million payments against none.
MILLION_BOUND = 0.85


@dataclass(frozen=True)
class Taken:
    """One round: CPU in microseconds for each webhook, webhooks a second, the slowest hundredth in milliseconds.

    ``beside`` is the CPU of the database's own server for each webhook.
    """

    cpu: float
    rate: float
    p99: float
    beside: float


@dataclass(frozen=True)
class Served:
    """A server under its ``name`` in the table; ``beside`` tells the seconds of CPU of its database's own server.

    Where it ``knows`` the payments they were made there before, as in a shop; else they are new to it, as to a database
    that was lost.
    """

    name: str
    pid: int
    port: int
    beside: Callable[[], float] = lambda: 0.0
    knows: bool = False


async def on_sqlite() -> None:
    for knows in (False, True):
        await against_bare("SQLite with synchronous=FULL", SQLITE_BOUNDS, knows=knows)


async def on_postgres() -> None:
    """The server is the embedded one of the tests, on this machine, with its own fsync."""
    with embedded_postgres(durable=True) as url:
        for knows in (False, True):
            database = await fresh_postgres_database(url, "known" if knows else "new")
            beside = partial(postgres_cpu, url)
            await against_bare("PostgreSQL", POSTGRES_BOUNDS, beside, knows=knows, DATABASE_URL=database)


async def into_a_million() -> None:
    with TemporaryDirectory() as folder:
        await against_none("SQLite", f"sqlite:///{folder}/million.db")


async def into_a_million_on_postgres() -> None:
    with embedded_postgres(durable=True) as url:
        few, many = [await fresh_postgres_database(url, name) for name in ("few", "many")]
        await against_none("PostgreSQL", many, lambda: postgres_cpu(url), DATABASE_URL=few)


async def against_bare(
    what: str,
    bounds: Mapping[int, float],
    beside: Callable[[], float] = lambda: 0.0,
    *,
    knows: bool,
    **environment: str,
) -> None:
    of = "it knows, as in a shop" if knows else "are new to it, as after a lost database"
    print(f"Webhook to 200, {what}, of payments that {of}: CPU and throughput, medians of {ROUNDS} rounds")
    async with Sandbox() as sandbox:
        ports = free_port(), free_port()
        async with bare(ports[0]) as bare_pid, application(sandbox, ports[1], **environment) as our_pid:
            nobody_is_told(sandbox)
            yardstick = Served("bare handler", bare_pid, ports[0])
            await in_turns(yardstick, Served("recorded", our_pid, ports[1], beside, knows), bounds)


async def against_none(what: str, database: str, beside: Callable[[], float] = lambda: 0.0, **environment: str) -> None:
    await (await filled(parse_database_url(database), 1_000_000)).close()
    print(f"Webhook to 200, {what}, with a million payments in the table, against none, medians of {ROUNDS} rounds")
    async with Sandbox() as sandbox, Sandbox() as other:
        ports = free_port(), free_port()
        async with (
            application(sandbox, ports[0], **environment) as few_pid,
            application(other, ports[1], DATABASE_URL=database) as many_pid,
        ):
            nobody_is_told(sandbox)
            nobody_is_told(other)
            none = Served("with none", few_pid, ports[0], beside)
            await in_turns(none, Served("with a million", many_pid, ports[1], beside), {}, MILLION_BOUND)


def nobody_is_told(sandbox: Sandbox) -> None:
    """The services are down: a slow round would else count the mails that leave meanwhile with its webhooks."""
    sandbox.telegram.faults.set(FaultMode.SERVER_ERROR, path_contains="/send")
    sandbox.resend.faults.set(FaultMode.SERVER_ERROR)


async def in_turns(first: Served, second: Served, bounds: Mapping[int, float], of_throughput: float = 0) -> None:
    """Prints what each webhook has cost either of them, and the ratios of ``first`` to ``second``."""
    taken: dict[tuple[int, Served], list[Taken]] = {(at, one): [] for at in EVENTS for one in (first, second)}
    for number in range(ROUNDS + 1):  # the first one warms up
        for connections in EVENTS:
            for served in (first, second):
                one = await one_round(served, f"r{number}c{connections}n", connections)
                if number:
                    taken[connections, served].append(one)
    for connections in EVENTS:
        at = f"{connections} connection{'s' if connections > 1 else ''}"
        for served in (first, second):
            tell(f"{served.name}, {at}", taken[connections, served])
        rounds = list(zip(taken[connections, first], taken[connections, second], strict=True))
        asked = f"at least {bounds[connections]:.2f}" if connections in bounds else ""
        line(f"CPU ratio, {at}", f"{statistics.median(few.cpu / many.cpu for few, many in rounds):.2f}", asked)
        throughput = statistics.median(many.rate / few.rate for few, many in rounds)
        line(f"throughput ratio, {at}", f"{throughput:.2f}", f"at least {of_throughput:.2f}" if of_throughput else "")


async def one_round(served: Served, name: str, connections: int) -> Taken:
    payments = [new_payment_id(datetime.now(UTC)) for _ in range(EVENTS[connections])]
    if served.knows:
        made = [signed_request(number, name, served.port, one, is_made=True) for number, one in enumerate(payments)]
        await run_load(served.port, made, connections)
    requests = [signed_request(number, name, served.port, one) for number, one in enumerate(payments)]
    cpu, other = cpu_seconds(served.pid), served.beside()
    result = await run_load(served.port, requests, connections)
    each = 1e6 / len(requests)
    used, used_beside = (cpu_seconds(served.pid) - cpu) * each, (served.beside() - other) * each
    return Taken(used, result.per_second, result.percentile(0.99) * 1000, used_beside)


def tell(name: str, rounds: Sequence[Taken]) -> None:
    cpu, rate, p99, beside = (
        statistics.median(of) for of in zip(*((one.cpu, one.rate, one.p99, one.beside) for one in rounds), strict=True)
    )
    apart = f", the database's server {beside:.0f} µs" if beside else ""
    line(name, f"{cpu:.0f} µs", f"{rate:,.0f}/s, p99 {p99:.1f} ms{apart}")


def postgres_cpu(url: str) -> float:
    """Seconds of CPU that the embedded server's processes have used. One that ended takes its own along."""
    folder = parse_qs(urlsplit(url).query)["host"][0]
    return sum(cpu_seconds(int(process.name)) for process in Path("/proc").glob("[0-9]*") if _works_in(process, folder))


def _works_in(process: Path, folder: str) -> bool:
    try:
        return str((process / "cwd").readlink()).startswith(folder)
    except OSError:  # somebody else's, or it has just ended
        return False
