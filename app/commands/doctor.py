"""`checkout-bot doctor`: asks the real services whether every setting is right, and says how to mend what is not."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

import aiohttp

from app.commands.account_clients import AccountClients, connected
from app.settings import DOTTED_HOST, NO_BUTTONS, Settings
from app.settings_values import is_refused_by_telegram
from bot.telegram.registration import can_write_to, identify
from checkout.errors import ServiceError
from db.maintenance.health import schema_revision
from db.maintenance.migrate import newest_revision
from db.storage import open_database
from messages.links import chat_url
from providers.stripe_gateway import API_VERSION


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` is empty when all is well."""

    what: str
    mend: str = ""


Check = Callable[[AccountClients], AsyncIterator[Finding]]


async def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Says a line for each thing looked at; returns the exit code: 0 only if all is well."""
    bad = 0
    async with connected(settings) as clients:
        for check in (_telegram, _stripe, _stripe_endpoint, _resend, _public_url, _database):
            async for finding in _findings_of(check, clients):
                say(f"  {'FIX' if finding.mend else 'ok '}  {finding.what}")
                if finding.mend:
                    say(f"       {finding.mend}")
                    bad += 1
    say("All is well." if not bad else f"{bad} to mend.")
    return 1 if bad else 0


async def _findings_of(check: Check, clients: AccountClients) -> AsyncIterator[Finding]:
    try:
        async for finding in check(clients):
            yield finding
    except ServiceError as error:
        yield Finding(str(error), _how_to_mend(error))


# The bot and the mails wait for these to be mended, so they are no permanent refusals there.
WRONG_KEY = ("TelegramUnauthorizedError", "invalid_api_key", "restricted_api_key", "missing_api_key")


def _how_to_mend(error: ServiceError) -> str:
    name = str(error).partition(":")[0]
    if not error.permanent and error.code not in WRONG_KEY:
        return "The service cannot be reached from here. Look at the network and at its address setting; try again."
    hints = {
        "Stripe": "Copy STRIPE_SECRET_KEY anew from dashboard.stripe.com, Developers, API keys.",
        "Resend": "Copy RESEND_API_KEY anew from resend.com, API keys; it needs full access for this check.",
    }
    return hints.get(name, "Copy BOT_TOKEN anew from @BotFather.")


async def _telegram(clients: AccountClients) -> AsyncIterator[Finding]:
    identity = await identify(clients.bot)
    yield Finding(f"BOT_TOKEN is that of @{identity.username}")
    for admin_id in clients.settings.admin_ids:
        if await can_write_to(clients.bot, admin_id):
            yield Finding(f"admin {admin_id} can be written to")
        else:
            mend = f"Let this person open {chat_url(identity.username)} and press Start, or correct ADMIN_IDS."
            yield Finding(f"ADMIN_IDS: the bot cannot write to {admin_id}", mend)
    if not clients.settings.admin_ids:
        yield Finding("ADMIN_IDS is empty", "Put in your own Telegram user id, or nobody hears of what needs a person.")


async def _stripe(clients: AccountClients) -> AsyncIterator[Finding]:
    account = await clients.stripe.state()
    mode = "live" if clients.settings.livemode else "test"
    if clients.settings.livemode and not account.charges_enabled:
        yield Finding(f"Stripe account {account.name} cannot take payments yet", "Finish its activation in Stripe.")
    else:
        yield Finding(f"STRIPE_SECRET_KEY is that of {account.name} ({mode} mode)")
    host = urlsplit(clients.settings.public_url)
    if host.scheme == "https" and not await clients.stripe.has_domain(host.hostname or ""):
        yield Finding(f"{host.hostname} is not registered for Apple Pay and Google Pay", "Run: checkout-bot setup")


async def _stripe_endpoint(clients: AccountClients) -> AsyncIterator[Finding]:
    endpoint = await clients.stripe.endpoint(clients.stripe_url)
    if not clients.settings.stripe_webhook_secrets:
        yield Finding("STRIPE_WEBHOOK_SECRET is missing", "Run: checkout-bot setup, and put what it prints into .env.")
    if endpoint is None:
        yield Finding(f"Stripe has no webhook endpoint {clients.stripe_url}", "Run: checkout-bot setup")
    elif not endpoint.enabled or endpoint.missing or endpoint.surplus:
        wrong = ["it is disabled"] if not endpoint.enabled else []
        wrong += [f"missing: {' '.join(endpoint.missing)}"] if endpoint.missing else []
        wrong += [f"not needed: {' '.join(endpoint.surplus)}"] if endpoint.surplus else []
        yield Finding(f"Stripe's webhook endpoint: {'; '.join(wrong)}", "Run: checkout-bot setup")
    elif endpoint.api_version != API_VERSION:
        mend = "Delete it in Stripe's dashboard, run checkout-bot setup, and put the new secret into .env."
        yield Finding(f"Stripe's webhook endpoint is of API version {endpoint.api_version}, not {API_VERSION}", mend)
    else:
        yield Finding("Stripe's webhook endpoint has exactly the events we handle")


async def _resend(clients: AccountClients) -> AsyncIterator[Finding]:
    domain = parseaddr(clients.settings.mail_from)[1].rpartition("@")[2]
    state = await clients.resend.domain_state(domain)
    if state == "verified":
        yield Finding(f"Resend may send from {domain}")
    else:
        mend = f"Add and verify {domain} at resend.com, Domains (now: {state or 'not there'}), or change MAIL_FROM."
        yield Finding(f"MAIL_FROM: Resend may not send from {domain}", mend)
    if not await clients.resend.has_webhook(clients.resend_url):
        yield Finding("Resend does not report bounced mails to us", "Run: checkout-bot setup")


async def _public_url(clients: AccountClients) -> AsyncIterator[Finding]:
    url = clients.settings.public_url
    if is_refused_by_telegram(url):
        yield Finding(f"PUBLIC_URL {url}: {NO_BUTTONS}", f"{DOTTED_HOST.capitalize()}.")
    try:
        async with clients.http.get(f"{url}/healthz", timeout=aiohttp.ClientTimeout(total=10)) as response:
            found = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        mend = "Start checkout-bot serve, and let the name and the reverse proxy lead to HOST:PORT."
        yield Finding(f"PUBLIC_URL {url} does not answer ({type(error).__name__})", mend)
        return
    if found == 200:
        yield Finding(f"PUBLIC_URL {url} answers")
    else:
        yield Finding(f"PUBLIC_URL {url} answers {found}", "Something else answers there: look at the reverse proxy.")


async def _database(clients: AccountClients) -> AsyncIterator[Finding]:
    address = clients.settings.database
    if address.file is not None and not address.file.exists():
        yield Finding(f"{address.shown} will be made at the first start")
        return
    try:
        database = await open_database(address)
    except Exception as error:  # noqa: BLE001 -- each driver has errors of its own; all mean: cannot be opened
        yield Finding(
            f"DATABASE_URL: {address.shown} cannot be opened ({type(error).__name__})", "Look at the address."
        )
        return
    try:
        revision = await schema_revision(database)
    finally:
        await database.close()
    right = revision == newest_revision()
    yield Finding(f"{address.shown} is at revision {revision}", "" if right else "Run: checkout-bot migrate")
