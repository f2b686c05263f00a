"""The addresses that messages and pages lead to."""

import re
from contextlib import suppress
from urllib.parse import quote

from checkout.model.payment import Payment

TELEGRAM_NAME = re.compile(r"@(\w{4,32})", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# What every mail program and Resend take for an address: one that is refused would hold up every mail of the shop.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PLAIN_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")
WEB = re.compile(r"https?://\S+")
STRIPE_DASHBOARD = "https://dashboard.stripe.com"
SETUP_START = "setup_"  # begins the payload by which `setup` knows its admin; the shop hears of it at its first start
TELEGRAM_WEBHOOK_PATH = "/webhooks/telegram"


def pay_url(public_url: str, pay_token: str) -> str:
    """The payment's page."""
    return f"{public_url.rstrip('/')}/pay/{pay_token}"


def as_browsers_write(registered: str) -> str:
    """As PUBLIC_URL is compared; what was released before has registered it as it was typed."""
    from yarl import URL  # not for whoever asks for the version alone

    with suppress(ValueError):
        return str(URL(registered))
    return registered


def chat_url(username: str, start: str = "") -> str:
    """The chat with somebody in Telegram, by the name without the @; ``start`` is a deep link's payload."""
    return f"https://t.me/{username}?start={start}" if start else f"https://t.me/{username}"


def support_url(support: str) -> str:
    """Where a tap on the shop's support leads; empty when it is neither a Telegram name, a mail nor a web address."""
    if name := TELEGRAM_NAME.fullmatch(support):
        return chat_url(name.group(1))
    if EMAIL.fullmatch(support):
        return f"mailto:{quote(support, safe='@+')}"
    return support if WEB.fullmatch(support) else ""


def reply_address(support: str) -> str:
    """Where answers to a mail go; empty when the shop's support is not an e-mail address."""
    return support if PLAIN_EMAIL.fullmatch(support) else ""


def dashboard_urls(payment: Payment, about: str = "") -> list[str]:
    """Where Stripe shows the payment, or its PaymentIntent ``about`` which it is; what was paid twice in both places.
    None before it has a PaymentIntent."""
    if payment.payment_intent_id is None:
        return []
    mode, twice = "" if payment.is_real_money else "/test", payment.facts.paid_intents[1:]
    intents = [about] if about else [*payment.facts.paid_intents] if twice else [payment.payment_intent_id]
    return [f"{STRIPE_DASHBOARD}{mode}/payments/{intent_id}" for intent_id in intents]
