"""`make bench`: webhooks against a bare handler, look-ups in a million payments, the way to the message, memory.

`python -m bench webhooks` measures one part alone.
"""

import asyncio
import statistics
import sys
import time

from bench.admin_at_work import webhooks_beside_an_admin
from bench.copying import copying
from bench.events import signed_request
from bench.keeping import keeping
from bench.load import run_load
from bench.look_ups import million
from bench.report import line
from bench.server import application, free_port, resident_megabytes
from bench.webhooks import into_a_million, into_a_million_on_postgres, on_postgres, on_sqlite
from sandbox.environment import Sandbox


def requests(run: str, port: int, count: int) -> list[bytes]:
    return [signed_request(number, run, port) for number in range(count)]


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
    "webhooks": on_sqlite,
    "postgres": on_postgres,
    "million": into_a_million,
    "million-postgres": into_a_million_on_postgres,
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
