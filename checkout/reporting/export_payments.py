"""Payments into a file, page by page: however many there are, few are in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import BinaryIO

from checkout.errors import CheckoutError
from checkout.model.csv_rows import Record, heading, lines
from checkout.model.payment import Status
from checkout.ports.storage import Storage

# A page takes two or three milliseconds, during which its connection and the interpreter are kept from webhooks.
PAGE = 100
# Of the time, so many parts are left to others for each that is taken.
PARTS_FOR_OTHERS = 2


class TooLarge(CheckoutError):
    """The file would be larger than it may be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Payments made from ``since`` on and before ``until`` (UTC); None: with every status. ``timezone`` is that of the
    days in the file."""

    since: datetime
    until: datetime
    status: Status | None = None
    timezone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Progress:
    """``reached`` is when the last payment so far was made, as text (ISO, UTC)."""

    payments: int = 0
    reached: str = ""


OnProgress = Callable[[Progress], Awaitable[None]]


class ExportPayments:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def write(
        self,
        wanted: Wanted,
        file: BinaryIO,
        on_progress: OnProgress,
        *,
        largest: int | None = None,
        in_a_hurry: bool = False,
    ) -> int:
        """Writes the payments into ``file``, the oldest first; how many they were.

        ``on_progress`` hears of every page. Unless ``in_a_hurry``, most of the time is left to others. Raises TooLarge
        above ``largest`` bytes, OSError when the file cannot be written.
        """
        progress = Progress()
        await asyncio.to_thread(file.write, heading())
        async for page in self._pages(wanted, in_a_hurry=in_a_hurry):
            await asyncio.to_thread(_write, file, page, wanted.timezone)
            progress = Progress(progress.payments + len(page), page[-1].created_at)
            if largest is not None and file.tell() > largest:
                raise TooLarge(f"more than {largest} bytes")
            await on_progress(progress)
        return progress.payments

    async def _pages(self, wanted: Wanted, *, in_a_hurry: bool) -> AsyncIterator[Sequence[Record]]:
        """No connection is held between two pages."""
        now, after = asyncio.get_running_loop().time, None
        while True:
            began = now()
            async with self._storage.read() as tx:
                page = await tx.payments.records(wanted.since, wanted.until, wanted.status, after, PAGE)
            if page:
                yield page
            if len(page) < PAGE:
                return
            after = (page[-1].created_at, page[-1].payment_id)
            if not in_a_hurry:
                await asyncio.sleep(PARTS_FOR_OTHERS * (now() - began))


def _write(file: BinaryIO, page: Sequence[Record], timezone: tzinfo) -> None:
    file.write(lines(page, timezone))
