"""A stranger with sockets: what is sent is written by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import get_unused_port_socket

from sandbox.base.waiting import LONGEST
from web.application import WebDependencies, build_web_app, listen
from web.connections import Connections


@dataclass
class Answer:
    """``closed_after`` in seconds since the last byte was sent; None while the connection is open."""

    text: str
    closed_after: float | None

    @property
    def status(self) -> int:
        return int(self.text.split(" ", 2)[1]) if self.text else 0


@asynccontextmanager
async def open_web(dependencies: WebDependencies, most: int | None = None) -> AsyncIterator[int]:
    """The application on a free port of loopback, as ``serve`` opens it; yields the port."""
    runner = web.AppRunner(build_web_app(dependencies), shutdown_timeout=0.2)
    await runner.setup()
    socket = get_unused_port_socket("127.0.0.1")
    try:
        await listen(runner, Connections(most) if most else None, sock=socket)
        yield int(socket.getsockname()[1])
    finally:
        await runner.cleanup()


async def send(port: int, *pieces: bytes, pause: float = 0.0, wait: float = LONGEST) -> Answer:
    """Sends the pieces one after another and reads until it is closed, or ``wait`` seconds after what came last."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _write(writer, pieces, pause)
        since = loop.time()
        received, closed = await _read(reader, wait)
        return Answer(received.decode("latin-1"), loop.time() - since if closed else None)
    finally:
        writer.close()


async def _write(writer: asyncio.StreamWriter, pieces: tuple[bytes, ...], pause: float) -> None:
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    except ConnectionError:
        pass  # it was closed already, which is what is to be seen


async def _read(reader: asyncio.StreamReader, seconds: float) -> tuple[bytes, bool]:
    received = b""
    try:
        async with asyncio.timeout(max(seconds, LONGEST)) as patience:
            while piece := await reader.read(65536):
                received += piece
                patience.reschedule(asyncio.get_running_loop().time() + seconds)
    except TimeoutError:
        return received, False
    except ConnectionError:
        pass
    return received, True


def post(path: str, body: bytes = b"", headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"POST {path} HTTP/1.1\r\nHost: shop\r\n{headers}Content-Length: {size}\r\n\r\n".encode("latin-1") + body


def get(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n{headers}\r\n".encode("latin-1")
