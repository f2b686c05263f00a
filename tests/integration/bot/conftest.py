"""A shop in the chat, and a bot before the Telegram stand-in for whoever only sends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot

from bot.telegram.client import build_bot
from bot.telegram.sender import TelegramChatSender
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import BEN
from tests.support.bot_shop import BotShop


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn()
    await stand_in.start()
    stand_in.meet(BEN)
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    built = build_bot(TOKEN, telegram.url)
    yield built
    await built.session.close()


@pytest.fixture
def sender(bot: Bot) -> TelegramChatSender:
    return TelegramChatSender(bot)


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    """Nobody, where no test says otherwise."""
    return ()


@pytest.fixture
async def shop(tmp_path: Path, admin_ids: tuple[int, ...]) -> AsyncIterator[BotShop]:
    opened = BotShop(tmp_path, admin_ids=admin_ids)
    await opened.open()
    yield opened
    await opened.close()
