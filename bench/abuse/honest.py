"""Honest customers and Stripe, meanwhile: how long the pay page and a webhook take."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.events import signed_request
from checkout.model.verification import Hasher
from checkout.purchase.payment_ids import new_payment_id

PAUSE = 0.02
LONGEST = 10.0


@dataclass
class Seen:
    """Seconds; what was not answered in time counts as the longest. ``failed`` were answered otherwise than 200."""

    pages: list[float] = field(default_factory=list)
    webhooks: list[float] = field(default_factory=list)
    failed: int = 0


def p99(latencies: Sequence[float]) -> float:
    """In milliseconds."""
    return 1000 * sorted(latencies)[int(len(latencies) * 0.99)] if latencies else float("nan")


class Honest:
    """Payments that a webhook has brought have a page; each look comes from another address."""

    def __init__(self, port: int, secret_key: str, run: str) -> None:
        self._port, self._hasher, self._run = port, Hasher(secret_key), run
        self._number = 0
        self._brought: list[str] = []

    async def bring(self, payments: int) -> None:
        for _ in range(payments):
            self._number += 1
            payment_id = new_payment_id(datetime.now(UTC))
            self._brought.append(payment_id)
            await self._ask(signed_request(self._number, self._run, self._port, payment_id))

    async def look(self, seconds: float) -> Seen:
        seen, until = Seen(), time.perf_counter() + seconds
        while time.perf_counter() < until:
            self._number += 1
            webhook = signed_request(self._number, self._run, self._port)
            for request, latencies in ((self._page(), seen.pages), (webhook, seen.webhooks)):
                began = time.perf_counter()
                seen.failed += not await self._ask(request)
                latencies.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)
        return seen

    def _page(self) -> bytes:
        token = self._hasher.pay_token(self._brought[self._number % len(self._brought)])
        address = f"198.51.{self._number // 250 % 250}.{self._number % 250}"
        head = f"GET /pay/{token} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nX-Forwarded-For: {address}\r\n"
        return f"{head}Connection: close\r\n\r\n".encode()

    async def _ask(self, request: bytes) -> bool:
        try:
            async with asyncio.timeout(LONGEST):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(request)
                answer = await reader.read(65536)
                writer.close()
        except (OSError, TimeoutError):
            return False
        return answer.startswith(b"HTTP/1.1 200")
