"""What Telegram has to know: where updates go, the menus of commands, and what the bot is for."""

from app.setup.context import Setup
from bot.telegram.account import describe, webhook_url
from bot.telegram.registration import prepare, set_commands


async def register_telegram(setup: Setup) -> None:
    """Raises ServiceError."""
    if setup.bot is None:
        return
    t, answers = setup.t, setup.answers
    if not setup.has_foreign_webhook:
        if answers.value("TELEGRAM_UPDATES") == "webhook":
            await prepare(setup.bot, "webhook", setup.public_url, answers.value("TELEGRAM_WEBHOOK_SECRET"))
            setup.terminal.good(t("Telegram's updates go to {url}", url=setup.public_url))
        elif await webhook_url(setup.bot):
            await prepare(setup.bot, "polling")
    await set_commands(setup.bot, setup.admin_ids)
    if setup.catalog is not None:
        await describe(setup.bot, setup.catalog.shop)
    setup.terminal.good(t("The bot's menus of commands and its description are set"))
