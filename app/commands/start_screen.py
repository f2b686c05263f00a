"""What `serve` says once the shop is open: in one screen to people, in a line to machines."""

import logging
import os
import sys

from app.doctor.shop import note_on_stars
from app.settings import Settings
from checkout.model.catalog import Catalog

log = logging.getLogger(__name__)
ENDPOINT_CLOSED = "STRIPE_WEBHOOK_SECRET is not set; run: checkout-bot setup"


def announce(settings: Settings, catalog: Catalog, bot_username: str) -> None:
    """To machines a line of the log like all others: standard output and error end in one stream in a container."""
    if settings.log_format == "json":
        mode = "live" if settings.livemode else "test"
        log.info("%s is open: @%s, %s mode, %s", catalog.shop.name, bot_username, mode, settings.public_url)
        if note := note_on_stars(catalog):
            log.info("note: %s", note)
    else:
        _show(_screen(settings, catalog, bot_username))


def _show(text: str) -> None:
    """A disk that is full beneath the log, or a reader who has gone (`serve | tee`), closes no shop."""
    try:
        print(text, flush=True)  # noqa: T201 -- the start-up screen
    except OSError as error:
        # What Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        log.warning("the start-up screen could not be written: %s", error.strerror)


def _screen(settings: Settings, catalog: Catalog, bot_username: str) -> str:
    """What is on, in one screen, without a secret."""
    mode = "LIVE: real money" if settings.livemode else "test: no real money"
    products = "\n".join(
        f"    {product.sku:<16} {product.price.major} {product.price.currency.upper():<4} {product.title.in_('en')}"
        for product in catalog.products.values()
    )
    stripe = (
        f"{settings.public_url}/webhooks/stripe" if settings.stripe_webhook_secrets else f"closed ({ENDPOINT_CLOSED})"
    )
    note = "".join(f"\n  Note: {one}\n" for one in [note_on_stars(catalog)] if one)
    resend = "on" if settings.resend_webhook_secrets else "off (RESEND_WEBHOOK_SECRET is not set)"
    return f"""
  {catalog.shop.name} is open
    Mode             {mode}
    Bot              @{bot_username} (updates by {settings.telegram_updates})
    Admins           {", ".join(map(str, settings.admin_ids)) or "none (ADMIN_IDS is not set)"}
    Database         {settings.database.shown}
    Public address   {settings.public_url}
    Listening on     {settings.host}:{settings.port}
    Mail             from {settings.mail_from}; delivery reports {resend}
    Stripe webhook   {stripe}
  Products
{products}
{note}"""
