"""The bot: its token, where its updates go, and whether its admins can be written to."""

import time

from app.doctor.finding import Finding, Findings, Surroundings, mend, ok
from bot.telegram.account import UpdatesTarget, WrongToken, over_http
from checkout.sentence import t
from messages.links import TELEGRAM_WEBHOOK_PATH, chat_url

# An older mishap is over.
RECENT_SECONDS = 3600


async def check_telegram(shop: Surroundings) -> Findings:
    settings = shop.settings
    telegram = over_http(shop.http, settings.telegram_api_url, settings.bot_token)
    try:
        username = (await telegram.identify()).username
    except WrongToken:
        yield mend("telegram.token", t("BOT_TOKEN: Telegram knows no bot with this token"))
        return
    yield ok("telegram.token", t("BOT_TOKEN is that of @{name}", name=username))
    for admin_id in settings.admin_ids:
        if await telegram.can_write_to(admin_id):
            yield ok("telegram.admins", t("admin {admin} can be written to", admin=admin_id))
        else:
            finding = t("ADMIN_IDS: the bot cannot write to {admin}", admin=admin_id)
            yield mend("telegram.admins", finding, url=chat_url(username))
    if not settings.admin_ids:
        yield mend("telegram.no_admins", t("ADMIN_IDS is empty"))
    for found in _updates(shop, await telegram.updates_target()):
        yield found


def _updates(shop: Surroundings, target: UpdatesTarget) -> list[Finding]:
    settings = shop.settings
    wanted = f"{settings.public_url}{TELEGRAM_WEBHOOK_PATH}" if settings.telegram_updates == "webhook" else ""
    if target.url and wanted and target.url != wanted:
        found = t("Telegram's updates go to {url}, not to {wanted}", url=target.url, wanted=wanted)
        return [mend("telegram.webhook", found)]
    if target.url and not wanted:
        return [mend("telegram.webhook", t("Telegram's updates go to {url}, not to polls", url=target.url))]
    if wanted and not target.url:
        found = t("Telegram's updates go nowhere: no webhook is set, not to {wanted}", wanted=wanted)
        return [mend("telegram.webhook", found)]
    if target.error and time.time() - target.error_at < RECENT_SECONDS:
        found = t("Telegram could not deliver an update within the last hour: {error}", error=target.error)
        return [mend("telegram.delivery", found)]
    if wanted:
        return [ok("telegram.webhook", t("Telegram's updates go to {wanted}", wanted=wanted))]
    return [ok("telegram.webhook", t("Telegram's updates go to whoever polls"))]
