"""The bot: its token, where its updates go, and whether its admins can be written to."""

import time

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok
from bot.telegram.account import UpdatesTarget, WrongToken, over_http
from messages.links import TELEGRAM_WEBHOOK_PATH, chat_url

# An older mishap is over.
RECENT_SECONDS = 3600


async def check_telegram(shop: Surroundings) -> Findings:
    settings = shop.settings
    telegram = over_http(shop.http, settings.telegram_api_url, settings.bot_token)
    try:
        username = (await telegram.identify()).username
    except WrongToken:
        yield mend("telegram.token", "BOT_TOKEN: Telegram knows no bot with this token")
        return
    yield ok("telegram.token", f"BOT_TOKEN is that of @{username}")
    for admin_id in settings.admin_ids:
        if await telegram.can_write_to(admin_id):
            yield ok("telegram.admins", f"admin {admin_id} can be written to")
        else:
            finding = f"ADMIN_IDS: the bot cannot write to {admin_id}"
            yield mend("telegram.admins", finding, url=chat_url(username))
    if not settings.admin_ids:
        yield mend("telegram.no_admins", "ADMIN_IDS is empty")
    for found in _updates(shop, await telegram.updates_target()):
        yield found


def _updates(shop: Surroundings, target: UpdatesTarget) -> list[Finding]:
    settings = shop.settings
    wanted = f"{settings.public_url}{TELEGRAM_WEBHOOK_PATH}" if settings.telegram_updates == "webhook" else ""
    if target.url != wanted:
        goes = f"to {target.url}" if target.url else "nowhere: no webhook is set"
        return [
            mend("telegram.webhook", f"Telegram's updates go {goes}, not {f'to {wanted}' if wanted else 'to polls'}")
        ]
    if target.error and time.time() - target.error_at < RECENT_SECONDS:
        return [mend("telegram.delivery", f"Telegram could not deliver an update within the last hour: {target.error}")]
    return [ok("telegram.webhook", f"Telegram's updates go {f'to {wanted}' if wanted else 'to whoever polls'}")]
