"""Files on their way to Telegram: read piece by piece, and known as uploads where they are large."""

import asyncio
from collections.abc import AsyncGenerator
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO

from aiogram import Bot
from aiogram.methods import TelegramMethod
from aiogram.types import InputFile

from checkout import limits
from checkout.model.outgoing import Attachment, LargeFile

UPLOAD_PIECE = 256 * 1024


class Upload(InputFile):
    """Read from the beginning at every try; ``is_handed_over`` once the last try has read all of it."""

    def __init__(self, filename: str, content: BinaryIO) -> None:
        super().__init__(filename=filename, chunk_size=UPLOAD_PIECE)
        self._content = content
        self.size = content.seek(0, SEEK_END)
        self.is_handed_over = False

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:
        self.is_handed_over = False
        self._content.seek(0)
        while piece := await asyncio.to_thread(self._content.read, self.chunk_size):
            yield piece
        self.is_handed_over = True


def upload_of_large(file: LargeFile) -> Upload:
    return Upload(file.filename, file.content)


def upload_of_held(file: Attachment) -> Upload:
    return Upload(file.filename, BytesIO(file.content))


def upload_of(method: TelegramMethod[Any]) -> Upload | None:
    """The large file that goes with it, if one does."""
    file = getattr(method, "document", None)
    return file if isinstance(file, Upload) and file.size > limits.upload_from() else None
