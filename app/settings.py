"""Settings from the environment, a .env file, or files named by NAME_FILE; every mistake is said at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

from checkout.errors import CheckoutError, InvalidInput
from db.engine.database_url import DatabaseUrl, parse_database_url

T = TypeVar("T")
STRIPE_JS = "https://js.stripe.com/endive/stripe.js"
TELEGRAM_API, STRIPE_API, RESEND_API = "https://api.telegram.org", "https://api.stripe.com", "https://api.resend.com"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class SettingsError(CheckoutError):
    """What is wrong with the settings, one line each, without any secret's value."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, repr=False)
class Settings:
    """Everything the application is told from outside. Not to be printed: it holds secrets."""

    bot_token: str
    admin_ids: tuple[int, ...]
    stripe_secret_key: str
    stripe_publishable_key: str
    stripe_webhook_secrets: tuple[str, ...]
    resend_api_key: str
    mail_from: str
    resend_webhook_secret: str
    public_url: str
    secret_key: str
    database: DatabaseUrl
    catalog: Path
    host: str
    port: int
    telegram_updates: Literal["polling", "webhook"]
    telegram_webhook_secret: str
    pay_link_ttl: timedelta
    telegram_api_url: str
    stripe_api_url: str
    resend_api_url: str
    stripe_js_url: str
    mails_per_second: float
    log_format: str
    log_level: str
    metrics_token: str

    @property
    def livemode(self) -> bool:
        return "_live_" in self.stripe_secret_key

    @property
    def stripe_api_base(self) -> str | None:
        """None for Stripe itself: the SDK knows its hosts."""
        return None if self.stripe_api_url == STRIPE_API else self.stripe_api_url

    @property
    def resend_api_base(self) -> str | None:
        """None for Resend itself."""
        return None if self.resend_api_url == RESEND_API else self.resend_api_url

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any output."""
        return (
            self.bot_token,
            self.stripe_secret_key,
            *self.stripe_webhook_secrets,
            self.resend_api_key,
            self.resend_webhook_secret,
            self.secret_key,
            self.telegram_webhook_secret,
            self.metrics_token,
        )


def load_settings(environment: Mapping[str, str], folder: Path, *, serving: bool = True) -> Settings:
    """``folder`` holds the .env file; the environment goes before it. Raises SettingsError.

    ``serving`` is False for commands that need no webhook secret.
    """
    dotenv = {name: value for name, value in dotenv_values(folder / ".env").items() if value is not None}
    return _Reader({**dotenv, **environment}).settings(serving)


class _Reader:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.mistakes: list[str] = []

    def settings(self, serving: bool) -> Settings:
        polling = self.read("TELEGRAM_UPDATES", _one_of("polling", "webhook"), "polling")
        settings: dict[str, Any] = {
            "bot_token": self.read("BOT_TOKEN", _bot_token),
            "admin_ids": self.read("ADMIN_IDS", _ids, ""),
            "stripe_secret_key": self.read("STRIPE_SECRET_KEY", _stripe_key("sk", "rk")),
            "stripe_publishable_key": self.read("STRIPE_PUBLISHABLE_KEY", _stripe_key("pk")),
            "stripe_webhook_secrets": self.read("STRIPE_WEBHOOK_SECRET", _list, None if serving else ""),
            "resend_api_key": self.read("RESEND_API_KEY", _header_value),
            "mail_from": self.read("MAIL_FROM", _mailbox),
            "resend_webhook_secret": self.read("RESEND_WEBHOOK_SECRET", _svix_secret, ""),
            "public_url": self.read("PUBLIC_URL", _public_url),
            "secret_key": self.read("SECRET_KEY", _long_enough),
            "database": self.read("DATABASE_URL", parse_database_url, "sqlite:///data/checkout.db"),
            "catalog": self.read("CATALOG", Path, "catalog.toml"),
            "host": self.read("HOST", str, "127.0.0.1"),
            "port": self.read("PORT", _port, "8080"),
            "telegram_updates": polling,
            "telegram_webhook_secret": self.read(
                "TELEGRAM_WEBHOOK_SECRET", _telegram_secret, None if polling == "webhook" else ""
            ),
            "pay_link_ttl": self.read("PAY_LINK_TTL", parse_duration, "24h"),
            "telegram_api_url": self.read("TELEGRAM_API_URL", _service_url, TELEGRAM_API),
            "stripe_api_url": self.read("STRIPE_API_URL", _service_url, STRIPE_API),
            "resend_api_url": self.read("RESEND_API_URL", _service_url, RESEND_API),
            "stripe_js_url": self.read("STRIPE_JS_URL", _service_url, STRIPE_JS),
            "mails_per_second": self.read("MAILS_PER_SECOND", _rate, "4"),
            "log_format": self.read("LOG_FORMAT", _one_of("console", "json"), "console"),
            "log_level": self.read("LOG_LEVEL", _log_level, "INFO"),
            "metrics_token": self.read("METRICS_TOKEN", _header_value, ""),
        }
        self._same_mode(settings)
        if self.mistakes:
            raise SettingsError(self.mistakes)
        return Settings(**settings)

    def read(self, name: str, parse: Callable[[str], T], default: str | None = None) -> T | str | None:
        """The parsed value; a mistake is noted and None returned. An empty value counts as none."""
        try:
            value = self._raw(name)
            if not value:
                if default is None:
                    raise InvalidInput(f"is missing; it must be {_LOOKS.get(name, 'set')}")
                return parse(default) if default else _EMPTY.get(parse, default)
            return parse(value)
        except (InvalidInput, ValueError) as error:
            self.mistakes.append(f"{name} {error}")
            return None

    def _raw(self, name: str) -> str:
        path = self._values.get(f"{name}_FILE", "").strip()
        if not path or self._values.get(name, "").strip():
            return self._values.get(name, "").strip()
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"is to be read from {path} ({name}_FILE), but: {type(error).__name__}") from None

    def _same_mode(self, settings: Mapping[str, Any]) -> None:
        secret, public = settings["stripe_secret_key"], settings["stripe_publishable_key"]
        if secret and public and ("_live_" in secret) != ("_live_" in public):
            self.mistakes.append(
                "STRIPE_PUBLISHABLE_KEY must be of the same mode as STRIPE_SECRET_KEY: both test or both live"
            )


def parse_duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``24h``, ``7d``. Raises InvalidInput."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    if found is None or int(found.group(1)) == 0:
        raise InvalidInput("must be a duration like 90s, 30m, 24h or 7d")
    return timedelta(seconds=int(found.group(1)) * UNITS[found.group(2)])


def _bot_token(value: str) -> str:
    if not re.fullmatch(r"\d{3,20}:[A-Za-z0-9_-]{10,100}", value):
        raise InvalidInput(f"must be {_LOOKS['BOT_TOKEN']}")
    return value


def _ids(value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts):
        raise InvalidInput("must be Telegram user ids, comma-separated, like 123456789,987654321")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _stripe_key(*kinds: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(rf"(?:{'|'.join(kinds)})_(?:test|live)_[A-Za-z0-9_]{{3,300}}", value):
            raise InvalidInput(f"must look like {kinds[0]}_test_... or {kinds[0]}_live_...")
        return value

    return parse


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInput("must be one word of plain ASCII characters")
    return value


def _svix_secret(value: str) -> str:
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/=_-]+", value):
        raise InvalidInput("must look like whsec_...")
    return value


def _mailbox(value: str) -> str:
    _name, address = parseaddr(value)
    if "\n" in value or "\r" in value or not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address):
        raise InvalidInput(f"must be {_LOOKS['MAIL_FROM']}")
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput(f"must be {_LOOKS['PUBLIC_URL']}")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise InvalidInput("must begin with https:// (http is for this machine alone: http://127.0.0.1:8080)")
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _service_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("must be a web address like https://api.example.com")
    return value.rstrip("/")


def _long_enough(value: str) -> str:
    if len(value) < 32:
        raise InvalidInput(f"must be {_LOOKS['SECRET_KEY']}; it has {len(value)}")
    return value


def _telegram_secret(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise InvalidInput(f"must be {_LOOKS['TELEGRAM_WEBHOOK_SECRET']}")
    return value


def _port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) < 65536:
        raise InvalidInput("must be a port number from 1 to 65535")
    return int(value)


def _rate(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or float(value) <= 0:
        raise InvalidInput("must be a number above 0, like 4 or 0.5: how many mails leave in a second")
    return float(value)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in words:
            raise InvalidInput(f"must be {' or '.join(words)}")
        return value.lower()

    return parse


def _log_level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise InvalidInput("must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return value.upper()


_LOOKS = {
    "BOT_TOKEN": "the token from @BotFather, like 123456789:AAE...",
    "STRIPE_SECRET_KEY": "Stripe's secret key, like sk_test_... or sk_live_...",
    "STRIPE_PUBLISHABLE_KEY": "Stripe's publishable key, like pk_test_... or pk_live_...",
    "STRIPE_WEBHOOK_SECRET": "the signing secret of the webhook endpoint, like whsec_... (see: checkout-bot setup)",
    "RESEND_API_KEY": "Resend's API key, like re_...",
    "MAIL_FROM": "an address with a name, like Shop <shop@example.com>",
    "PUBLIC_URL": "the address customers reach, like https://pay.example.com",
    "SECRET_KEY": "at least 32 random characters",
    "TELEGRAM_WEBHOOK_SECRET": "1-256 characters of A-Z a-z 0-9 _ -",
}
_EMPTY: dict[Any, Any] = {_ids: (), _list: ()}
