"""Requests with something wrong in them, made by chance from a seed."""

import asyncio
import contextlib
import hashlib
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.faults.attacks import get, post

SEEDS = (
    get("/pay/abcdefghijklmnop"),
    get("/pay/abcdefghijklmnop/status", "Accept-Language: ru;q=0.9\r\n"),
    get("/pay/abcdefghijklmnop/done?payment_intent=pi_1&redirect_status=succeeded"),
    get("/static/pay.js?v=1", 'If-None-Match: "1"\r\n'),
    get("/healthz", "Expect: 100-continue\r\n"),
    get("/metrics", "Authorization: Bearer x\r\n"),
    post("/pay/abcdefghijklmnop/intent", b'{"amount": 1}', "Origin: https://shop.example\r\n"),
    post("/webhooks/stripe", b'{"id": "evt_1"}', "Stripe-Signature: t=1,v1=" + "0" * 64 + "\r\n"),
    post("/webhooks/resend", b'{"type": "email.sent"}', "svix-id: a\r\nsvix-timestamp: 1\r\nsvix-signature: v1,a=\r\n"),
    post("/webhooks/telegram", b'{"update_id": 1}', "X-Telegram-Bot-Api-Secret-Token: x\r\n"),
    b"POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
)
ODD = (b"\x00", b"\xff", b"\r\n", b"\n", b" ", b":", b"%00", b"%ff", b"/../", b"\xed\xa0\x80", b"9" * 30, b"a" * 9000)
SETTLED_SECONDS = 6.0  # longer than what waits in the outbox is looked away from


def mutated(seed: int, many: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(many):
        request = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(request))
            match chance.randrange(4):
                case 0:
                    request[at] = chance.randrange(256)
                case 1:
                    del request[at : at + chance.randint(1, 20)]
                case 2:
                    request[at:at] = chance.choice(ODD)
                case _:
                    request[at:at] = request[at : at + chance.randint(1, 40)]
            request = request or bytearray(b"\r\n")
        yield bytes(request)


async def answers_to(port: int, requests: Iterator[bytes], at_once: int = 40) -> Counter[int]:
    """How often each status was answered; 0 where the connection was only closed, or more was waited for."""
    statuses: Counter[int] = Counter()

    async def ask_on() -> None:
        for request in requests:
            statuses[await _status(port, request)] += 1

    await asyncio.gather(*(ask_on() for _ in range(at_once)))
    return statuses


async def _status(port: int, request: bytes) -> int:
    answer = b""
    with contextlib.suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            async with asyncio.timeout(0.3):
                answer = await reader.read(4096)
        finally:
            writer.close()
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else 0


async def settled_state_of(database: Path, longest: float = 90.0) -> dict[str, str]:
    """Once nothing changes by itself any more: what honest payments were to bring about is done.

    Raises TimeoutError.
    """
    async with asyncio.timeout(longest):
        before: dict[str, str] = {}
        state = state_of(database)
        while before != state:
            await asyncio.sleep(SETTLED_SECONDS)
            before, state = state, state_of(database)
    return state


def state_of(database: Path) -> dict[str, str]:
    """What each table holds, every value of every row, as a hash."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _hash(connection.execute(f"SELECT * FROM {name}")) for name in tables}


def _hash(rows: Iterable[tuple[object, ...]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
