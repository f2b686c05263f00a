"""How each setting is written: a function for each kind, which raises InvalidInput with what it should look like."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from app.settings_secrets import FOR_TELEGRAM, NEW_KEY, STRIPE_SIGNING, must_be
from checkout.errors import InvalidInput
from checkout.sentence import N_, Sentence, t

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LOOKS = {
    "BOT_TOKEN": N_("the token from @BotFather, like 123456789:AAE..."),
    "STRIPE_SECRET_KEY": N_("Stripe's secret key, like sk_test_... or sk_live_..."),
    "STRIPE_PUBLISHABLE_KEY": N_("Stripe's publishable key, like pk_test_... or pk_live_..."),
    "STRIPE_WEBHOOK_SECRET": STRIPE_SIGNING,
    "STRIPE_JS_URL": N_("the https address of a script, like https://js.stripe.com/endive/stripe.js"),
    "RESEND_API_KEY": N_("Resend's API key, like re_..."),
    "MAIL_FROM": N_("an address with a name, like Shop <shop@example.com>"),
    "PUBLIC_URL": N_("the address customers reach, like https://pay.example.com"),
    "SECRET_KEY": NEW_KEY,
    "TELEGRAM_WEBHOOK_SECRET": FOR_TELEGRAM,
}
WORD = r"[^\s<>@,;:\"()\[\]\\.]+"
LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
ADDRESS = rf"{WORD}(?:\.{WORD})*@{LABEL}(?:\.{LABEL})+"
# A name is in quotes, or has none of what ends one.
MAILBOX = re.compile(rf"(?P<bare>{ADDRESS})|(?:\"[^\"<>\\]+\"|[^<>@,;:\[\]\\]*)\s*<(?P<address>{ADDRESS})>")
HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f:.]+")
SERVICE = N_("a web address like https://api.example.com")
# In the ASCII half. What ends an attribute of a page, or a directive of its policy, is not among them.
IN_ADDRESSES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~:/?#!$&*+=%[]-")


def duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``24h``, ``7d``."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if found is None or int(found.group(1)) == 0:
        raise InvalidInput(t("must be a duration like 90s, 30m, 24h or 7d"))
    return timedelta(seconds=int(found.group(1)) * UNITS[found.group(2)])


def bot_token(value: str) -> str:
    if not re.fullmatch(r"[0-9]{3,20}:[A-Za-z0-9_-]{10,100}", value):
        raise InvalidInput(must_be(LOOKS["BOT_TOKEN"]))
    return value


def telegram_ids(value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts):
        raise InvalidInput(t("must be Telegram user ids, like 123456789,987654321 with commas; @userinfobot tells one"))
    return tuple(dict.fromkeys(int(part) for part in parts))


def stripe_key(*kinds: str) -> Callable[[str], str]:
    """``kinds`` are the first letters that such a key may begin with."""

    def parse(value: str) -> str:
        if not re.fullmatch(rf"(?:{'|'.join(kinds)})_(?:test|live)_[A-Za-z0-9_]{{3,300}}", value):
            raise InvalidInput(t("must look like {kind}_test_... or {kind}_live_...", kind=kinds[0]))
        return value

    return parse


def header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInput(t("must be one word of plain ASCII characters"))
    return value


def resend_key(value: str) -> str:
    """Whatever Resend's keys look like one day. Another service's secret is not to be sent there."""
    if re.match(r"(?:sk|rk|pk)_(?:test|live)_|whsec_|[0-9]+:", value):
        raise InvalidInput(
            t("must be {looks}; this is the secret of another service", looks=Sentence(LOOKS["RESEND_API_KEY"]))
        )
    return header_value(value)


def mailbox(value: str) -> str:
    """Exactly, since what Resend cannot read is a mail that never leaves."""
    _address_of(value)
    return value


def sending_domain(mailbox: str) -> str:
    """Of a sender, in lower case. Raises InvalidInput."""
    return _address_of(mailbox).rpartition("@")[2].lower()


def _address_of(mailbox: str) -> str:
    found = MAILBOX.fullmatch(mailbox) if mailbox.isprintable() else None
    if found is None:
        raise InvalidInput(must_be(LOOKS["MAIL_FROM"]))
    return found["bare"] or found["address"]


def public_url(value: str) -> str:
    parts = _web_address(value, LOOKS["PUBLIC_URL"])
    # With "https://" twice the host would be "https".
    if parts.query or parts.fragment or "//" in parts.path.rstrip("/"):
        raise InvalidInput(must_be(LOOKS["PUBLIC_URL"]))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise InvalidInput(t("must begin with https:// (http is for this machine alone: http://127.0.0.1:8080)"))
    return _as_browsers_write(value)


def _as_browsers_write(url: str) -> str:
    """In ASCII, the host in small letters, no port that goes without saying: one address in all that compares them, and
    what every service takes."""
    from yarl import URL  # not for whoever asks for the version alone

    try:
        address = URL(url)
        host = (address.raw_host or "").rstrip(".")
        plain = str(address.with_host(host)) if HOST_NAME.fullmatch(host) else ""
    except ValueError:
        plain = ""
    if not plain:
        raise InvalidInput(must_be(LOOKS["PUBLIC_URL"]))
    return plain.rstrip("/")


def service_url(value: str) -> str:
    """Another base address; plain http too, within a network of one's own."""
    _web_address(value, SERVICE)
    return value.rstrip("/")


def script_url(value: str) -> str:
    """A script that customers' browsers load: nobody on the way may change it."""
    parts = _web_address(value, LOOKS["STRIPE_JS_URL"])
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise InvalidInput(must_be(LOOKS["STRIPE_JS_URL"]))
    return value


def _web_address(value: str, looks: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    # A host may be in any alphabet; letters alone, in ASCII what an address is written in.
    if not is_complete or not all(letter in IN_ADDRESSES or letter.isalpha() for letter in value):
        raise InvalidInput(must_be(looks))
    return parts


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_refused_by_telegram(url: str) -> bool:
    """Telegram takes no button that leads to a name without a dot; IP addresses it does take."""
    host = urlsplit(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return "." not in host.strip(".") or host.endswith(".localhost")
    return False


def host(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        # What ends in a number is meant as an address.
        if not re.fullmatch(r"(?:[A-Za-z0-9_-]{1,63}\.)*(?![0-9]+$)[A-Za-z0-9_-]{1,63}\.?", value):
            raise InvalidInput(t("must be an address of this machine, like 127.0.0.1, or a host name")) from None
        return value


def port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) < 65536:
        raise InvalidInput(t("must be a port number from 1 to 65535"))
    return int(value)


def rate(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or float(value) <= 0:
        raise InvalidInput(t("must be a number above 0, like 4 or 0.5: how many mails leave in a second"))
    return float(value)


def one_of(one: str, other: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in (one, other):
            raise InvalidInput(t("must be {one} or {other}", one=one, other=other))
        return value.lower()

    return parse


def log_level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise InvalidInput(t("must be DEBUG, INFO, WARNING, ERROR or CRITICAL"))
    return value.upper()
