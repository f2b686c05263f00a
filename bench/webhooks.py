"""Webhooks to 200 against a bare handler: CPU for each, which a noisy machine hardly moves, and throughput.

Server and bare handler take turns, round by round; what counts is the median of the rounds' ratios.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from bench.events import signed_request
from bench.load import run_load
from bench.report import line
from bench.rows import filled
from bench.server import application, bare, cpu_seconds, free_port
from db.engine.database_url import parse_database_url
from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from tests.support.databases import embedded_postgres, fresh_postgres_database

ROUNDS = 5
# How many webhooks a round sends over so many connections, and the CPU ratios to be reached on each database.
EVENTS = {1: 300, 16: 2000, 64: 2000}
SQLITE_BOUNDS = {16: 0.30, 64: 0.40}
POSTGRES_BOUNDS = {16: 0.35, 64: 0.45}


@dataclass(frozen=True)
class Taken:
    """One round: CPU in microseconds for each webhook, webhooks a second, the slowest hundredth in milliseconds.

    ``beside`` is the CPU of the database's own server for each webhook.
    """

    cpu: float
    rate: float
    p99: float
    beside: float = 0.0


async def on_sqlite() -> None:
    await against_bare("SQLite with synchronous=FULL", SQLITE_BOUNDS)


async def on_postgres() -> None:
    """The server is the embedded one of the tests, on this machine, with its own fsync."""
    with embedded_postgres(durable=True) as url:
        database = await fresh_postgres_database(url, "bench")
        await against_bare("PostgreSQL", POSTGRES_BOUNDS, lambda: postgres_cpu(url), DATABASE_URL=database)


async def against_bare(
    what: str, bounds: dict[int, float], beside: Callable[[], float] = lambda: 0.0, **environment: str
) -> None:
    print(f"Webhook to 200, {what}: CPU and throughput, medians of {ROUNDS} rounds")
    ours: dict[int, list[Taken]] = {connections: [] for connections in EVENTS}
    yardstick: dict[int, list[Taken]] = {connections: [] for connections in EVENTS}
    async with Sandbox() as sandbox:
        bare_port, our_port = free_port(), free_port()
        async with bare(bare_port) as bare_pid, application(sandbox, our_port, **environment) as our_pid:
            nobody_is_told(sandbox)
            for number in range(ROUNDS + 1):  # the first one warms up
                for connections in EVENTS:
                    name = f"r{number}c{connections}n"
                    theirs = await one_round(bare_pid, bare_port, name, connections)
                    mine = await one_round(our_pid, our_port, name, connections, beside)
                    if number:
                        yardstick[connections].append(theirs)
                        ours[connections].append(mine)
    for connections in EVENTS:
        tell(connections, yardstick[connections], ours[connections], bounds.get(connections))


def nobody_is_told(sandbox: Sandbox) -> None:
    """The services are down: a slow round would else count the mails that leave meanwhile with its webhooks."""
    sandbox.telegram.faults.set(FaultMode.SERVER_ERROR, path_contains="/send")
    sandbox.resend.faults.set(FaultMode.SERVER_ERROR)


async def one_round(
    pid: int, port: int, name: str, connections: int, beside: Callable[[], float] = lambda: 0.0
) -> Taken:
    requests = [signed_request(number, name, port) for number in range(EVENTS[connections])]
    cpu, other = cpu_seconds(pid), beside()
    result = await run_load(port, requests, connections)
    each = 1e6 / len(requests)
    used, used_beside = (cpu_seconds(pid) - cpu) * each, (beside() - other) * each
    return Taken(used, result.per_second, result.percentile(0.99) * 1000, used_beside)


def tell(connections: int, bare_rounds: list[Taken], our_rounds: list[Taken], bound: float | None) -> None:
    def median(rounds: list[Taken], of: Callable[[Taken], float]) -> float:
        return statistics.median(of(one) for one in rounds)

    def ratio(of: Callable[[Taken, Taken], float]) -> float:
        return statistics.median(of(*pair) for pair in zip(bare_rounds, our_rounds, strict=True))

    at = f"{connections} connection{'s' if connections > 1 else ''}"
    for name, rounds in (("bare handler", bare_rounds), ("recorded", our_rounds)):
        cpu, rate, p99 = (median(rounds, of) for of in (lambda t: t.cpu, lambda t: t.rate, lambda t: t.p99))
        beside = median(rounds, lambda t: t.beside)
        apart = f", the database's server {beside:.0f} µs" if beside else ""
        line(f"{name}, {at}", f"{cpu:.0f} µs", f"{rate:,.0f}/s, p99 {p99:.1f} ms{apart}")
    asked = f"at least {bound:.2f}" if bound else ""
    line(f"CPU ratio, {at}", f"{ratio(lambda theirs, mine: theirs.cpu / mine.cpu):.2f}", asked)
    line(f"throughput ratio, {at}", f"{ratio(lambda theirs, mine: mine.rate / theirs.rate):.2f}")


def postgres_cpu(url: str) -> float:
    """Seconds of CPU that the embedded server's processes have used. One that ended takes its own along."""
    folder = parse_qs(urlsplit(url).query)["host"][0]
    return sum(cpu_seconds(int(process.name)) for process in Path("/proc").glob("[0-9]*") if _works_in(process, folder))


def _works_in(process: Path, folder: str) -> bool:
    try:
        return str((process / "cwd").readlink()).startswith(folder)
    except OSError:  # somebody else's, or it has just ended
        return False


async def into_a_million() -> None:
    """An empty database and one with a million payments, round by round; what counts is the ratio between them."""
    print(f"Webhook to 200 with a million payments in the table, against none, medians of {ROUNDS} rounds")
    rounds: dict[str, list[Taken]] = {"none": [], "a million": []}
    with TemporaryDirectory() as folder:
        database_url = parse_database_url(f"sqlite:///{folder}/million.db")
        await (await filled(database_url, 1_000_000)).close()
        async with Sandbox() as sandbox, Sandbox() as other:
            few, many = free_port(), free_port()
            async with (
                application(sandbox, few) as few_pid,
                application(other, many, DATABASE_URL=database_url.url) as many_pid,
            ):
                for one in (sandbox, other):
                    nobody_is_told(one)
                for number in range(ROUNDS):
                    for name, pid, port in (("none", few_pid, few), ("a million", many_pid, many)):
                        rounds[name].append(await one_round(pid, port, f"m{number}n", 16))
    cpu = {name: statistics.median(one.cpu for one in taken) for name, taken in rounds.items()}
    pairs = list(zip(rounds["none"], rounds["a million"], strict=True))
    for name, each in cpu.items():
        line(f"with {name}, 16 connections", f"{each:.0f} µs")
    line("CPU ratio", f"{statistics.median(few.cpu / many.cpu for few, many in pairs):.2f}")
    throughput = statistics.median(many.rate / few.rate for few, many in pairs)
    line("throughput ratio", f"{throughput:.2f}", "at least 0.85")
