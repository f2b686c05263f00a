"""The file of /export: written to disk, packed where it is too large for Telegram, and sent."""

import asyncio
import logging
import shutil
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO

from bot.admin import statistics_texts as texts
from bot.context import ChatContext
from bot.telegram.errors import where_it_failed
from checkout.errors import ServiceError
from checkout.model.outgoing import LargeFile, OutgoingChat
from checkout.model.periods import Period
from checkout.reporting.export_payments import Progress, TooLarge, Wanted

log = logging.getLogger(__name__)
LARGEST = 49_000_000  # Telegram takes fifty megabytes, the form around the file included
# Packed it is an eighth: what is above this would not fit either, and must not fill the disk.
LARGEST_UNPACKED = 10 * LARGEST
PROGRESS_SECONDS = 2.0
PIECE = 1024 * 1024


async def send_export(chat: ChatContext, period: Period, progress_id: int) -> None:
    """Says how it goes in the message ``progress_id``, and then how it ended.

    Raises ServiceError when Telegram does not take the file, and whatever kept it from being written.
    """
    with ExitStack() as files:
        # Without a name: nothing is left of it when the process dies.
        csv_file = files.enter_context(tempfile.TemporaryFile())
        try:
            payments = await _write(chat, period, csv_file, progress_id)
            name, content = await _packed(csv_file, _name(period), files)
            if content.tell() > LARGEST:
                raise TooLarge(f"more than {LARGEST} bytes packed")
        except TooLarge:
            await _end(chat, progress_id, texts.export_too_large(chat.translator))
        except Exception as error:  # noqa: BLE001 -- a full disk, or whatever the database raises: the admin is told
            log.error("an export failed: %s", where_it_failed(error))
            await _end(chat, progress_id, texts.export_failed(chat.translator))
        else:
            await _hand_over(chat, period, progress_id, payments, LargeFile(name, content))


async def _write(chat: ChatContext, period: Period, file: BinaryIO, progress_id: int) -> int:
    timezone = chat.dependencies.catalog.shop.timezone
    since, until = period.moments(timezone)
    wanted = Wanted(since, min(until, chat.dependencies.clock.now()), timezone=timezone)
    now = asyncio.get_running_loop().time
    next_at = now() + PROGRESS_SECONDS

    async def on_progress(progress: Progress) -> None:
        nonlocal next_at
        if now() >= next_at:
            await _show(chat, progress_id, texts.export_goes_on(chat.translator, progress))
            next_at = now() + PROGRESS_SECONDS

    return await chat.dependencies.export_payments.write(wanted, file, on_progress, largest=LARGEST_UNPACKED)


async def _packed(csv_file: BinaryIO, name: str, files: ExitStack) -> tuple[str, BinaryIO]:
    """What is to be sent, at its end: the file itself, or its ZIP where it is too large."""
    if csv_file.tell() <= LARGEST:
        return f"{name}.csv", csv_file
    packed = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 -- the stack of files closes it
    await asyncio.to_thread(_zip, csv_file, f"{name}.csv", packed)
    return f"{name}.zip", packed


def _zip(content: BinaryIO, name: str, into: BinaryIO) -> None:
    content.seek(0)
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as entry:
        shutil.copyfileobj(content, entry, PIECE)
    into.seek(0, 2)


async def _hand_over(chat: ChatContext, period: Period, progress_id: int, payments: int, file: LargeFile) -> None:
    if not payments:
        await _end(chat, progress_id, texts.nothing_to_export(chat.translator, period))
        return
    await _show(chat, progress_id, texts.export_leaves(chat.translator, payments))
    try:
        await chat.say(OutgoingChat(texts.export_caption(chat.translator, period, payments), large_file=file))
    except ServiceError as error:
        await _end(chat, progress_id, texts.export_not_taken(chat.translator, error))
        raise
    await _show(chat, progress_id, texts.export_done(chat.translator, payments))


async def _show(chat: ChatContext, progress_id: int, message: OutgoingChat) -> None:
    """How it goes is nice to know; the file matters more."""
    try:
        await chat.sender.send(chat.chat_id, replace(message, edits=progress_id))
    except ServiceError as error:
        log.debug("how the export goes was not shown: %s", error)


async def _end(chat: ChatContext, progress_id: int, message: OutgoingChat) -> None:
    await chat.say(replace(message, edits=progress_id))


def _name(period: Period) -> str:
    first = "all" if period.is_everything else period.first.isoformat()
    return f"payments-{first}-to-{period.last.isoformat()}"
