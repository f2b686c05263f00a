"""Webhooks while an admin asks for statistics and a file: they must hardly notice."""

import asyncio
import contextlib
from collections.abc import Callable
from tempfile import TemporaryDirectory

from bench.load import Result, run_load
from bench.report import line
from bench.rows import filled
from bench.server import application
from db.engine.database_url import parse_database_url
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA

PAYMENTS, CONNECTIONS, PAUSE = 100_000, 4, 0.02
ROUNDS = 4
Requests = Callable[[str, int, int], list[bytes]]


async def _ask(sandbox: Sandbox) -> None:
    """/stats 90 every second, /export all whenever the last file has come."""
    asked_at = 0
    while True:
        sandbox.telegram.say(MIRA, "/stats 90")
        files = sum(bool(one.document) for one in sandbox.telegram.chat(MIRA))
        if files >= asked_at:
            sandbox.telegram.say(MIRA, "/export all")
            asked_at = files + 1
        await asyncio.sleep(1)


async def webhooks_beside_an_admin(requests: Requests, port: int) -> None:
    """About a hundred and fifty webhooks a second, by rounds without and with the admin."""
    print(f"Webhooks at a steady rate while /stats 90 and /export all of {PAYMENTS:,} payments run, against none")
    with TemporaryDirectory() as folder:
        database_url = parse_database_url(f"sqlite:///{folder}/shop.db")
        await (await filled(database_url, PAYMENTS)).close()
        async with Sandbox() as sandbox, application(sandbox, port, DATABASE_URL=database_url.url):
            sandbox.telegram.say(MIRA, "/start")
            quiet: list[Result] = []
            busy: list[Result] = []
            for number in range(ROUNDS):
                quiet.append(await run_load(port, requests(f"q{number}", port, 1500), CONNECTIONS, PAUSE))
                asking = asyncio.create_task(_ask(sandbox))
                await asyncio.sleep(1)
                busy.append(await run_load(port, requests(f"b{number}", port, 1500), CONNECTIONS, PAUSE))
                asking.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asking
                await asyncio.sleep(8)  # the last file is written
    without, with_ = (sorted(one for result in results for one in result.latencies) for results in (quiet, busy))
    for share, bound in ((0.5, ""), (0.99, "at most 2")):
        few, many = (times[int(len(times) * share)] * 1000 for times in (without, with_))
        line(
            f"p{share * 100:.0f} with the admin / without",
            f"{many / few:.2f}",
            f"{bound}   ({few:.1f} and {many:.1f} ms)",
        )
