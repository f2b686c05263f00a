"""`make bench`: webhooks against a bare handler, the way from webhook to message, and memory."""

import asyncio
import socket
import statistics
import time

from bench.events import signed_request
from bench.load import Result, run_load
from bench.server import application, bare, resident_megabytes
from sandbox.house import Sandbox

EVENTS = 6000
ROUNDS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def requests(run: str, port: int, count: int = EVENTS) -> list[bytes]:
    return [signed_request(number, run, port) for number in range(count)]


def line(name: str, value: str, bound: str = "") -> None:
    print(f"  {name:<58}{value:>12}   {bound}")


async def webhooks() -> None:
    """Both servers run at once and take turns, so that the machine's moods meet both."""
    print("Webhook to 200, SQLite with synchronous=FULL, couriers at work")
    ours: dict[int, list[Result]] = {16: [], 64: []}
    yardstick: dict[int, list[Result]] = {16: [], 64: []}
    async with Sandbox() as sandbox:
        bare_port, our_port = free_port(), free_port()
        async with bare(bare_port), application(sandbox, our_port):
            for turn in range(ROUNDS):
                for connections in (16, 64):
                    name = f"r{turn}c{connections}n"
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


async def telling() -> None:
    """From the webhook's 200 to the calls that tell the customer."""
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


async def main() -> None:
    await webhooks()
    await telling()
    await memory()


asyncio.run(main())
