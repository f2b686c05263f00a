"""Each stand-in by itself."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from stripe import StripeClient

from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from tests.support.stripe_client import stripe_client


@pytest.fixture
async def service() -> AsyncIterator[StripeStandIn]:
    standin = StripeStandIn(settle_seconds=0.01, retry_pause=0.01)
    await standin.start()
    yield standin
    await standin.stop()


@pytest.fixture
async def client(service: StripeStandIn) -> AsyncIterator[StripeClient]:
    async with aiohttp.ClientSession() as session:
        yield stripe_client(service, service.secret_key, session)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    """aiogram alone, without what the product adds to it."""
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
    yield bot
    await bot.session.close()
