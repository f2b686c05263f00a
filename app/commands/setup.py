"""`checkout-bot setup`: tells the services what they need to know. Doing it again changes nothing."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from app.commands.account_clients import AccountClients, connected
from app.settings import Settings
from bot.telegram.registration import prepare, set_commands
from checkout.errors import ServiceError
from providers.stripe_gateway import API_VERSION

Say = Callable[[str], None]


async def set_up(settings: Settings, say: Say) -> int:
    """Returns the exit code: 0 only if every step was done."""
    async with connected(settings) as clients:
        steps = (_stripe_endpoint, _stripe_domain, _telegram, _resend_webhook)
        done = [await _done(step, clients, say) for step in steps]
    if all(done):
        say("All is registered. Put the secrets above (if any) into .env, then: checkout-bot doctor")
    return 0 if all(done) else 1


async def _done(step: Callable[[AccountClients, Say], Awaitable[None]], clients: AccountClients, say: Say) -> bool:
    try:
        await step(clients, say)
    except ServiceError as error:
        say(f"  FAILED  {error}")
        return False
    return True


async def _stripe_endpoint(clients: AccountClients, say: Say) -> None:
    url = clients.stripe_url
    known = await clients.stripe.endpoint(url)
    if known is None:
        _, secret = await clients.stripe.create_endpoint(url)
        say(f"Stripe: the webhook endpoint {url} is made. Its signing secret, shown this once:")
        say(f"  STRIPE_WEBHOOK_SECRET={secret}")
        return
    if known.missing or known.surplus or not known.enabled:
        await clients.stripe.mend_endpoint(known.endpoint_id)
        say(f"Stripe: the webhook endpoint {url} was there and is mended: enabled, exactly the events we handle.")
    else:
        say(f"Stripe: the webhook endpoint {url} is there, with exactly the events we handle.")
    if known.api_version != API_VERSION:
        say(f"  Its events are of API version {known.api_version}, ours is {API_VERSION}: delete it in")
        say("  Stripe's dashboard and run setup again to get one of the right version.")
    if not clients.settings.stripe_webhook_secrets:
        say("  Stripe shows its signing secret in the dashboard (Developers, Webhooks, this endpoint, Reveal):")
        say("  put it into .env as STRIPE_WEBHOOK_SECRET.")


async def _stripe_domain(clients: AccountClients, say: Say) -> None:
    parts = urlsplit(clients.settings.public_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        say(f"Stripe: {host} is this machine alone; Apple Pay and Google Pay need an https address.")
    elif await clients.stripe.has_domain(host):
        say(f"Stripe: the domain {host} is registered for Apple Pay and Google Pay.")
    else:
        await clients.stripe.register_domain(host)
        say(f"Stripe: the domain {host} is now registered for Apple Pay and Google Pay.")


async def _telegram(clients: AccountClients, say: Say) -> None:
    settings = clients.settings
    mode = settings.telegram_updates
    await prepare(clients.bot, mode, settings.public_url, settings.telegram_webhook_secret)
    await set_commands(clients.bot, settings.admin_ids)
    how = "no webhook (the bot polls)" if mode == "polling" else f"updates go to {settings.public_url}"
    say(f"Telegram: {how}; the menus of commands are set.")


async def _resend_webhook(clients: AccountClients, say: Say) -> None:
    url = clients.resend_url
    if await clients.resend.has_webhook(url):
        say(f"Resend: the webhook {url} is there.")
        if not clients.settings.resend_webhook_secret:
            say("  Resend shows its signing secret in the dashboard: put it into .env as RESEND_WEBHOOK_SECRET.")
        return
    secret = await clients.resend.create_webhook(url)
    say(f"Resend: the webhook {url} is made. Its signing secret:")
    say(f"  RESEND_WEBHOOK_SECRET={secret}")
