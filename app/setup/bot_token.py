"""The bot: its token, and whose webhook it has."""

from contextlib import suppress

from app.settings_values import public_url
from app.setup.context import Question, Setup, Wrong, confirmed, settled
from bot.telegram.account import Identity, WrongToken, over_http
from checkout.errors import InvalidInput, ServiceError
from messages.links import TELEGRAM_WEBHOOK_PATH


async def ask_bot_token(setup: Setup) -> None:
    """Fills in ``telegram`` and ``identity``."""
    t = setup.t
    setup.terminal.heading(t("Telegram bot"))
    question = Question(
        "BOT_TOKEN", t("Bot token"), t("In Telegram open @BotFather, send /newbot and copy the token it gives."), True
    )

    async def check(token: str) -> str:
        setup.identity = await _identity(setup, token)
        return t("This is @{name}", name=setup.identity.username)

    await settled(setup, question, check)
    if setup.telegram is not None and setup.identity is not None:
        try:
            await _look_at_webhook(setup)
        except ServiceError as error:
            setup.left(f"Telegram: {error}")


async def _identity(setup: Setup, token: str) -> Identity:
    telegram = over_http(setup.http, setup.answers.service("TELEGRAM_API_URL"), token)
    try:
        identity = await telegram.identify()
    except WrongToken:
        words = setup.t("Telegram does not know this BOT_TOKEN: copy it anew from @BotFather, as a whole")
        raise Wrong(words) from None
    setup.telegram = telegram
    return identity


async def _look_at_webhook(setup: Setup) -> None:
    """Somebody else's is shown, and removed only after a yes."""
    assert setup.telegram is not None
    t, url = setup.t, (await setup.telegram.updates_target()).url
    if not url or _is_ours(setup, url):
        return
    setup.terminal.wrong(t("Updates of this bot go to another address now: {url}", url=url))
    words = t("Whatever listens there will hear nothing more. Remove it?")
    if await confirmed(setup, words, setup.chosen.may_remove_webhook):
        await setup.telegram.prepare("polling")
        setup.terminal.good(t("They go there no more."))
        return
    setup.has_foreign_webhook = True
    setup.left(t("Telegram sends this bot's updates to {url}: run setup with --remove-telegram-webhook, or use another"
                 " bot", url=url))  # fmt: skip


def _is_ours(setup: Setup, url: str) -> bool:
    """It is registered as browsers write PUBLIC_URL, which may be written otherwise here."""
    with suppress(InvalidInput):
        return url == public_url(setup.answers.value("PUBLIC_URL")) + TELEGRAM_WEBHOOK_PATH
    return False
