"""What strangers send over HTTP. Each attack goes on until it is canceled, within a budget of bytes and connections.

Two of them are megabytes in themselves, and spend far more than the others.
"""

import asyncio
import contextlib
import gzip
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.support.faults.attacks import get, post

MOST_BYTES, MOST_CONNECTIONS = 10_000_000, 300
BOMB = gzip.compress(bytes(900_000_000))
MEGABYTE = bytes(1_000_000)
FILE = get("/static/pay.css", "X-Forwarded-For: 203.0.113.66\r\n")
CLOSE = "Connection: close\r\n"
LETTERS = ("\ufdfa" * 20_000).encode()  # Python writes one of them as eighteen
LONG_WORDS = (
    post("/pay/x/intent", b"{}", f"{CLOSE}Origin: https://?\r\n").replace(b"?", LETTERS),
    get("/pay/x", CLOSE).replace(b"Host: shop", b"Host: " + LETTERS),
    get("/" * 16_000, CLOSE),
    post("/webhooks/stripe", b"{}", f"{CLOSE}Stripe-Signature: {'a=b,' * 15_000}!\r\n"),
    get("/static/pay.js", f"{CLOSE}Accept-Encoding: {',' * 60_000}\r\n"),
)
# As Stripe's, only that nobody with a secret has made it.
FORGED = "Stripe-Signature: t={now},v1=" + "0" * 64 + "\r\n"


@dataclass
class Spent:
    """What an attack has cost the stranger so far."""

    bytes: int = 0
    connections: int = 0

    def is_all(self, most_bytes: int = MOST_BYTES) -> bool:
        return self.bytes >= most_bytes or self.connections >= MOST_CONNECTIONS


Attack = Callable[[int, Spent], Awaitable[None]]


async def _send(port: int, spent: Spent, pieces: list[bytes], pause: float, hold: float) -> None:
    """One connection: the pieces, then ``hold`` seconds of reading what comes."""
    spent.connections += 1
    spent.bytes += sum(map(len, pieces))  # before they are sent: others begin meanwhile
    with contextlib.suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(hold):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
                while await reader.read(65536):
                    pass
        finally:
            writer.close()


async def _again_and_again(
    port: int,
    spent: Spent,
    at_once: int,
    pieces: Callable[[], list[bytes]],
    pause: float = 0.0,
    hold: float = 30.0,
    most_bytes: int = MOST_BYTES,
) -> None:
    async def one_after_another() -> None:
        while not spent.is_all(most_bytes):
            await _send(port, spent, pieces(), pause, hold)

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))


async def gzip_bombs(port: int, spent: Spent) -> None:
    paths = itertools.cycle(["/healthz", "/webhooks/stripe", "/pay/x/intent"])
    encoded = "Content-Encoding: gzip\r\nConnection: close\r\n"
    await _again_and_again(port, spent, 10, lambda: [post(next(paths), BOMB, encoded)])


async def idle_connections(port: int, spent: Spent) -> None:
    kinds = itertools.cycle([[], [b"GET / HT"], [b"GET / HTTP/1.1\r\nHost: x\r\n"], [post("/x", b"{", length=99)]])
    await _again_and_again(port, spent, MOST_CONNECTIONS, lambda: next(kinds))


async def drop_by_drop(port: int, spent: Spent) -> None:
    await _again_and_again(port, spent, MOST_CONNECTIONS, lambda: [b"GET / HTTP/1.1\r\nX: "] + [b"a"] * 100, pause=1)


async def unsigned_megabytes(port: int, spent: Spent) -> None:
    await _again_and_again(port, spent, 200, lambda: [post("/webhooks/stripe", MEGABYTE)], most_bytes=200_000_000)


async def forged_megabytes(port: int, spent: Spent) -> None:
    """The header is well formed, so that the body is read; the last byte never comes."""

    def half() -> list[bytes]:
        return [post("/webhooks/stripe", MEGABYTE[:-1], FORGED.format(now=int(time.time())), length=len(MEGABYTE))]

    await _again_and_again(port, spent, 150, half, most_bytes=150_000_000)


async def pieces_of_a_byte(port: int, spent: Spent) -> None:
    """Each costs as much as a whole piece of a body."""

    def chunked() -> list[bytes]:
        head = f"POST /webhooks/stripe HTTP/1.1\r\nHost: shop\r\n{FORGED.format(now=int(time.time()))}"
        return [f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"1\r\na\r\n" * 170_000 + b"0\r\n\r\n"]

    await _again_and_again(port, spent, 10, chunked)


async def malformed(port: int, spent: Spent) -> None:
    spent_here = Spent()
    while spent.bytes < 200_000:
        await _send(port, spent_here, [b"GET / HTTP/1.1\r\nX\r\nContent-Le\r\n\r\n"], 0, 1)
        spent.bytes += 35


async def aborted_uploads(port: int, spent: Spent) -> None:
    while not spent.is_all():
        spent.connections += 1
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(post("/pay/x/intent", MEGABYTE[:1000], length=5000))
            spent.bytes += 1200
            await writer.drain()
            writer.transport.abort()


async def intents_of_one_token(port: int, spent: Spent) -> None:
    await _again_and_again(port, spent, 50, lambda: [post("/pay/unknown/intent", b"", "Connection: close\r\n")])


async def long_words(port: int, spent: Spent) -> None:
    """One header or address of tens of kilobytes that takes long to read."""
    words = itertools.cycle(LONG_WORDS)
    await _again_and_again(port, spent, 10, lambda: [next(words)])


async def sent_ahead(port: int, spent: Spent) -> None:
    await _again_and_again(port, spent, 100, lambda: [FILE * 2000], hold=5)


async def files_again_and_again(port: int, spent: Spent) -> None:
    """One request after another, each with its answer, as fast as they come."""

    async def one_connection() -> None:
        while not spent.is_all():
            spent.connections += 1
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                answer = b"-"
                while answer and not spent.is_all():
                    writer.write(FILE)
                    spent.bytes += len(FILE)
                    answer = await reader.read(65536)
                writer.close()

    await asyncio.gather(*(one_connection() for _ in range(50)))


async def answers_nobody_reads(port: int, spent: Spent) -> None:
    async def one_connection() -> None:
        while not spent.is_all():
            spent.connections += 1
            with contextlib.suppress(OSError, TimeoutError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                async with asyncio.timeout(20):
                    while not writer.transport.is_closing():
                        writer.write(FILE)
                        spent.bytes += len(FILE)
                        await writer.drain()
                        await asyncio.sleep(0.01)
                writer.close()

    await asyncio.gather(*(one_connection() for _ in range(100)))
