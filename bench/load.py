"""A small load generator: keep-alive connections on loopback, one request under way on each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """``latencies`` in seconds, sorted."""

    per_second: float
    latencies: Sequence[float]

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last is answered."""

    def __init__(
        self, requests: Iterator[bytes], done: "asyncio.Future[None]", latencies: list[float], pause: float
    ) -> None:
        self._requests, self._done, self._latencies = requests, done, latencies
        self._pause = pause
        self._received, self._sent_at = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b'{"received": true}'):
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(self._received[:200].decode()))
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        self._received = b""
        if self._pause:
            asyncio.get_running_loop().call_later(self._pause, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(f"the server closed the connection: {self._received[:200]!r}"))


async def run_load(port: int, requests: Sequence[bytes], connections: int, pause: float = 0) -> Result:
    """Sends all requests over so many connections, with ``pause`` seconds between an answer and the next.

    Raises RuntimeError at the first answer that is not a 200.
    """
    loop = asyncio.get_running_loop()
    source, latencies = iter(requests), list[float]()
    waits = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    for done in waits:
        await loop.create_connection(lambda done=done: _Connection(source, done, latencies, pause), "127.0.0.1", port)  # type: ignore[misc] # mypy cannot infer a lambda with a default
    await asyncio.gather(*waits)
    return Result(len(requests) / (time.perf_counter() - started), sorted(latencies))
