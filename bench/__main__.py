"""`make bench`: webhooks against a bare handler, look-ups in a million payments, the way to the message, memory.

`python -m bench webhooks` measures one part alone.
"""

import asyncio
import statistics
import sys
import time
from tempfile import TemporaryDirectory

from bench.admin_at_work import webhooks_beside_an_admin
from bench.copying import copying
from bench.events import signed_request
from bench.keeping import keeping
from bench.load import Result, run_load
from bench.look_ups import million
from bench.report import line
from bench.rows import filled
from bench.server import application, bare, free_port, resident_megabytes
from db.engine.database_url import parse_database_url
from sandbox.environment import Sandbox
from tests.support.databases import embedded_postgres, fresh_postgres_database

EVENTS = 6000
ROUNDS = 2


def requests(run: str, port: int, count: int = EVENTS) -> list[bytes]:
    return [signed_request(number, run, port) for number in range(count)]


async def webhooks() -> None:
    await compare_webhooks("SQLite with synchronous=FULL")


async def webhooks_on_postgres() -> None:
    """The server is the embedded one of the tests, on this machine, with its own fsync."""
    with embedded_postgres(durable=True) as url:
        database = await fresh_postgres_database(url, "bench")
        await compare_webhooks("PostgreSQL", DATABASE_URL=database)


async def webhooks_into_a_million() -> None:
    """An empty database and one with a million payments, round by round; what counts is the ratio between them."""
    print("Webhook to 200 with a million payments in the table, against none")
    rates: dict[str, list[float]] = {"none": [], "a million": []}
    with TemporaryDirectory() as folder:
        database_url = parse_database_url(f"sqlite:///{folder}/million.db")
        await (await filled(database_url, 1_000_000)).close()
        async with Sandbox() as sandbox, Sandbox() as other:
            ports = {"none": free_port(), "a million": free_port()}
            async with (
                application(sandbox, ports["none"]),
                application(other, ports["a million"], DATABASE_URL=database_url.url),
            ):
                for number in range(ROUNDS):
                    for name, port in ports.items():
                        result = await run_load(port, requests(f"m{number}{port}", port), 16)
                        rates[name].append(result.per_second)
    few, many = (statistics.mean(rates[name]) for name in ("none", "a million"))
    line("16 connections", f"{many / few:.2f}", "at least 0.85")


async def compare_webhooks(what: str, **environment: str) -> None:
    """Both servers run at once, round by round, so that whatever else the machine does meets both."""
    print(f"Webhook to 200, {what}, outbox workers at work")
    ours: dict[int, list[Result]] = {16: [], 64: []}
    yardstick: dict[int, list[Result]] = {16: [], 64: []}
    async with Sandbox() as sandbox:
        bare_port, our_port = free_port(), free_port()
        async with bare(bare_port), application(sandbox, our_port, **environment):
            for number in range(ROUNDS):
                for connections in (16, 64):
                    name = f"r{number}c{connections}n"
                    yardstick[connections].append(await run_load(bare_port, requests(name, bare_port), connections))
                    ours[connections].append(await run_load(our_port, requests(name, our_port), connections))
    for connections in (16, 64):
        bare_rate = statistics.mean(result.per_second for result in yardstick[connections])
        our_rate = statistics.mean(result.per_second for result in ours[connections])
        line(f"bare handler, {connections} connections", f"{bare_rate:,.0f}/s")
        line(f"recorded, {connections} connections", f"{our_rate:,.0f}/s")
        line(f"ratio at {connections} connections", f"{our_rate / bare_rate:.2f}", "at least 0.25, aim 0.35")
    p50 = statistics.mean(result.percentile(0.5) for result in yardstick[16])
    p99 = statistics.mean(result.percentile(0.99) for result in ours[16])
    line("p99 recorded / p50 bare, 16 connections", f"{p99 / p50:.1f}", "under 8")


async def deliveries() -> None:
    """From the webhook's 200 to the calls that bring the receipt."""
    print("From 200 to the call, median of 30 payments one after another")
    chat, mail = [], []
    async with Sandbox() as sandbox:
        port = free_port()
        async with application(sandbox, port):
            for number in range(30):
                await asyncio.sleep(0.3)  # above the pause that Resend's limit puts between two mails
                request = signed_request(number, "tell", port)
                sent_before = len(sandbox.resend.mails)
                documents_before = calls(sandbox, "/sendDocument")
                await run_load(port, [request], 1)
                answered = time.time()
                while len(sandbox.resend.mails) == sent_before or calls(sandbox, "/sendDocument") == documents_before:
                    await asyncio.sleep(0.001)
                chat.append(
                    [c.at for c in sandbox.telegram.calls if c.path.endswith("/sendDocument")][documents_before]
                    - answered
                )
                mail.append(sandbox.resend.mails[-1].at - answered)
    line("sendDocument", f"{statistics.median(chat) * 1000:.0f} ms")
    line("POST /emails", f"{statistics.median(mail) * 1000:.0f} ms")


def calls(sandbox: Sandbox, ending: str) -> int:
    return sum(call.path.endswith(ending) for call in sandbox.telegram.calls)


async def memory() -> None:
    print("Memory of the process")
    async with Sandbox() as sandbox:
        port = free_port()
        async with application(sandbox, port) as pid:
            await run_load(port, requests("few", port, 100), 16)
            await asyncio.sleep(2)
            before = resident_megabytes(pid)
            await run_load(port, requests("many", port, 10_000), 16)
            await asyncio.sleep(2)
            after = resident_megabytes(pid)
    line("after 100 payments", f"{before:.0f} MB")
    line("more after 10,000", f"{after - before:+.1f} MB", "within 20 MB")


async def beside_an_admin() -> None:
    await webhooks_beside_an_admin(requests, free_port())


PARTS = {
    "admin": beside_an_admin,
    "webhooks": webhooks,
    "postgres": webhooks_on_postgres,
    "million": webhooks_into_a_million,
    "lookups": million,
    "deliveries": deliveries,
    "memory": memory,
    "copy": copying,
    "keeping": keeping,
}


async def main(chosen: list[str]) -> None:
    for name in chosen or PARTS:
        await PARTS[name]()


if unknown := set(sys.argv[1:]) - set(PARTS):
    sys.exit(f"There is no {', '.join(sorted(unknown))}; the parts are: {', '.join(PARTS)}")
asyncio.run(main(sys.argv[1:]))
