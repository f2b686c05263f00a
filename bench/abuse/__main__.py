"""`make abuse`: each attack of a stranger, and what honest people notice of it: the table of docs/security.md."""

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.abuse import chats, requests
from bench.abuse.honest import Honest, Seen, p99
from bench.abuse.mutations import answers_to, mutated, settled_state_of
from bench.abuse.requests import Attack, Spent
from bench.server import free_port, logging_application, resident_megabytes
from sandbox.environment import Sandbox

SECONDS = 8.0
REST_SECONDS = 6.0
MUTATIONS = 10_000
FROM_OUTSIDE = re.compile(rb'"logger": "(web|asyncio|aiohttp)')
ATTACKS: dict[str, Attack] = {
    "gzip bombs": requests.gzip_bombs,
    "300 connections, idle or half sent": requests.idle_connections,
    "300 connections, a byte a second": requests.drop_by_drop,
    "200 × 1 MB without a signature": requests.unsigned_megabytes,
    "150 × 1 MB, forged and unfinished": requests.forged_megabytes,
    "bodies in pieces of a byte": requests.pieces_of_a_byte,
    "malformed requests": requests.malformed,
    "uploads that break off": requests.aborted_uploads,
    "a burst on one token": requests.intents_of_one_token,
    "one header or address of 16 to 60 KB": requests.long_words,
    "2,000 requests ahead of their answers, 100 times": requests.sent_ahead,
    "a file again and again, 50 at once": requests.files_again_and_again,
    "answers that nobody reads": requests.answers_nobody_reads,
}
CHATS: dict[str, Callable[[Sandbox], None]] = {
    "200 messages of one customer": chats.chatty_customer,
    "40 chats that Telegram makes wait": chats.chats_that_wait,
    "updates numbered anew": chats.numbers_anew,
    "20 updates that cannot be read": chats.unreadable,
}


@dataclass
class Shop:
    sandbox: Sandbox
    port: int
    pid: int
    log: Path
    honest: Honest

    @property
    def log_bytes(self) -> int:
        """Of what strangers cause; what is told of honest payments is not theirs."""
        lines = self.log.read_bytes().splitlines(keepends=True)
        return sum(len(line) for line in lines if not line.startswith(b"{") or FROM_OUTSIDE.search(line))


@asynccontextmanager
async def opened() -> AsyncIterator[Shop]:
    port = free_port()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        async with Sandbox() as sandbox:
            honest = Honest(port, sandbox.settings(port)["SECRET_KEY"], "abuse")
            async with logging_application(sandbox, port, log, {"LOG_FORMAT": "json"}) as pid:
                await honest.bring(50)
                yield Shop(sandbox, port, pid, log, honest)


async def under(shop: Shop, attack: Attack, spent: Spent) -> tuple[Seen, float]:
    """What honest people saw, and the most memory in MB."""
    most = resident_megabytes(shop.pid)
    attacking = asyncio.ensure_future(attack(shop.port, spent))
    looking = asyncio.create_task(shop.honest.look(SECONDS))
    while not looking.done():
        most = max(most, resident_megabytes(shop.pid))
        await asyncio.sleep(0.05)
    attacking.cancel()
    await asyncio.gather(attacking, return_exceptions=True)
    return await looking, most


async def over_http(name: str, attack: Attack) -> str:
    async with opened() as shop:
        await shop.honest.look(2)
        without, before, log = await shop.honest.look(4), resident_megabytes(shop.pid), shop.log_bytes
        spent = Spent()
        seen, most = await under(shop, attack, spent)
        said = shop.log_bytes - log
        await asyncio.sleep(REST_SECONDS)
        after = resident_megabytes(shop.pid)
    times = f"{p99(without.pages):.0f} → {p99(seen.pages):.0f} | {p99(without.webhooks):.0f} → {p99(seen.webhooks):.0f}"
    memory = f"{before:.0f} / {most:.0f} / {after:.0f}"
    return f"| {name} | {times} | {memory} | {said} / {spent.bytes} | {seen.failed} |"


async def in_chats(name: str, begin: Callable[[Sandbox], None]) -> str:
    async with opened() as shop:
        usual = await chats.answered_after(shop.sandbox, 60)
        while shop.sandbox.telegram.queue.pending:
            await asyncio.sleep(0.05)
        begin(shop.sandbox)
        while shop.sandbox.telegram.faults.remaining:
            await asyncio.sleep(0.05)
        meanwhile = await chats.answered_after(shop.sandbox, 60)
        polls = await chats.polls_per_second(shop.sandbox, 5)
    return f"| {name} | {usual:.2f} → {meanwhile:.2f} | {polls:.1f} |"


async def mutations() -> str:
    async with opened() as shop:
        database = shop.sandbox.folder / "checkout.db"
        before, log = await settled_state_of(database), shop.log_bytes
        statuses = await answers_to(shop.port, mutated(1, MUTATIONS))
        said = shop.log_bytes - log
        after = await settled_state_of(database)
    changed = {table for table, rows in after.items() if before.get(table) != rows}
    failures = sum(count for status, count in statuses.items() if status >= 500)
    told = ", ".join(f"{status or 'closed'}: {count}" for status, count in sorted(statuses.items()))
    tables = ", ".join(sorted(changed)) or "none"
    return (
        f"{MUTATIONS} mutated requests: {failures} × 5xx; tables that changed: {tables} ({told}; {said} bytes of log)"
    )


async def main(chosen: str) -> None:
    print("| attack | pay page, p99 ms | webhook, p99 ms | MB before / most / after | bytes of log / sent | failed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, attack in ATTACKS.items():
        if chosen in name:
            print(await over_http(name, attack), flush=True)
    print("\n| in the chat | another customer is answered after, s | polls a second |\n| --- | --- | --- |")
    for name, begin in CHATS.items():
        if chosen in name:
            print(await in_chats(name, begin), flush=True)
    if chosen in "mutated":
        print("\n" + await mutations())


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
