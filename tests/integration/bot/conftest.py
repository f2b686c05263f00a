"""A bot before the Telegram stand-in, for whoever sends."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from bot.telegram.client import build_bot
from bot.telegram.sender import TelegramChatSender
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import BEN


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
