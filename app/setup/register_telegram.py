"""What Telegram has to know: where updates go, the menus of commands, and what the bot is for."""

from app.setup.context import Setup


async def register_telegram(setup: Setup) -> None:
    """Raises ServiceError."""
    if setup.telegram is None:
        return
    t, answers = setup.t, setup.answers
    if not setup.has_foreign_webhook:
        if answers.value("TELEGRAM_UPDATES") == "webhook":
            await setup.telegram.prepare("webhook", setup.public_url, answers.value("TELEGRAM_WEBHOOK_SECRET"))
            setup.terminal.good(t("Telegram's updates go to {url}", url=setup.public_url))
        elif (await setup.telegram.updates_target()).url:
            await setup.telegram.prepare("polling")
    await setup.telegram.set_commands(setup.admin_ids)
    if setup.catalog is not None:
        await setup.telegram.describe(setup.catalog.shop)
    setup.terminal.good(t("The bot's menus of commands and its description are set"))
