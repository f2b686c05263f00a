"""A shop in the chat, with one admin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.fake_telegram.chats import MIRA
from tests.support.bot_shop import BotShop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[BotShop]:
    opened = BotShop(tmp_path, admin_ids=(MIRA.id,))
    await opened.open()
    yield opened
    await opened.close()
