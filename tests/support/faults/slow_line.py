"""An ordinary line before a service: each connection carries so many bytes a second, and no more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
PIECE = 16 * 1024


class SlowLine:
    """``carried`` counts the bytes towards the service, over all connections."""

    def __init__(self, url: str, bytes_per_second: float) -> None:
        self._host, self._port = LOOPBACK, urlsplit(url).port
        self.bytes_per_second, self.carried = bytes_per_second, 0
        self.url = ""

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, here = await asyncio.open_connection(self._host, self._port)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.create_task(_pump(there, writer))
        try:
            while piece := await reader.read(PIECE):
                self.carried += len(piece)
                await asyncio.sleep(len(piece) / self.bytes_per_second)
                here.write(piece)
                await here.drain()
        except ConnectionError:
            writer.transport.abort()
        finally:
            here.close()
            await back
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def slow_line(url: str, bytes_per_second: float) -> AsyncIterator[SlowLine]:
    line = SlowLine(url, bytes_per_second)
    server = await asyncio.start_server(line.forward, LOOPBACK)
    line.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
