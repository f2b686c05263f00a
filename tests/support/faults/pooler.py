"""A pooler that has one connection to PostgreSQL and lends it for one transaction, as PgBouncer's pool_mode says."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

READY, IDLE = b"Z", b"I"
ASKS, LEAVES = (b"S", b"Q"), b"X"
PROCESS = re.compile(rb"K\x00\x00\x00\x0c.{8}", re.DOTALL)


class Pooler:
    """``url`` leads to it, on a socket in ``folder``."""

    def __init__(self, url: str, folder: Path) -> None:
        self._socket, self._folder = Path(url.partition("host=")[2]) / ".s.PGSQL.5432", folder
        self.url = url.replace(str(self._socket.parent), str(folder))
        self._turn, self._greeting, self._statuses = asyncio.Lock(), b"", asyncio.Queue[bytes]()
        self._clients: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Pooler"]:
        self._answers, self._server = await asyncio.open_unix_connection(self._socket)
        listener = await asyncio.start_unix_server(self._welcome, self._folder / ".s.PGSQL.5432")
        yield self
        listener.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server.close()

    def _welcome(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        self._clients.add(asyncio.create_task(self._serve(client, answers)))

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        length = await client.readexactly(4)
        startup = length + await client.readexactly(int.from_bytes(length) - 4)
        async with self._turn:
            if not self._greeting:
                self._server.write(startup)
                while not self._greeting.endswith(IDLE):
                    self._greeting += await message_of(self._answers)
        # Whom a client could cancel is the pooler's own affair.
        answers.write(PROCESS.sub(b"K\x00\x00\x00\x0c" + bytes(8), self._greeting))
        while (message := await message_of(client))[:1] != LEAVES:
            async with self._turn:
                await self._lend(message, client, answers)
        answers.close()

    async def _lend(self, message: bytes, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        relaying = asyncio.create_task(self._relay(answers))
        while True:
            self._server.write(message)
            if message[:1] in ASKS and await self._statuses.get() == IDLE:
                break
            message = await message_of(client)
        await relaying

    async def _relay(self, answers: asyncio.StreamWriter) -> None:
        """Until the server is in no transaction any more."""
        status = b""
        while status != IDLE:
            message = await message_of(self._answers)
            answers.write(message)
            if message[:1] == READY:
                status = message[-1:]
                self._statuses.put_nowait(status)


async def message_of(stream: asyncio.StreamReader) -> bytes:
    head = await stream.readexactly(5)
    return head + await stream.readexactly(int.from_bytes(head[1:]) - 4)
