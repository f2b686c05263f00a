"""The three services as the commands `setup` and `doctor` need them: without the rest of the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from app.settings import Settings
from bot.telegram.client import Bot, build_bot
from providers.resend_account import ResendAccount
from providers.stripe_account import StripeAccount


@dataclass(frozen=True)
class AccountClients:
    settings: Settings
    http: aiohttp.ClientSession
    bot: Bot
    stripe: StripeAccount
    resend: ResendAccount

    @property
    def stripe_url(self) -> str:
        return f"{self.settings.public_url}/webhooks/stripe"

    @property
    def resend_url(self) -> str:
        return f"{self.settings.public_url}/webhooks/resend"


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AccountClients]:
    async with aiohttp.ClientSession() as http:
        bot = build_bot(settings.bot_token, settings.telegram_api_url)
        try:
            stripe = StripeAccount(settings.stripe_secret_key, http, settings.stripe_api_base)
            resend = ResendAccount(settings.resend_api_key, http, settings.resend_api_base)
            yield AccountClients(settings, http, bot, stripe, resend)
        finally:
            await bot.session.close()
