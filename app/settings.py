"""Settings from the environment, a .env file, or files named by NAME_FILE; every mistake is said at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from app import settings_secrets, settings_values
from app.settings_sources import GO_THERE, Sources
from checkout.errors import CheckoutError, InvalidInput
from checkout.model.text import whole_path
from checkout.sentence import Said, Sentence, joined, t, words_of
from db.engine.database_url import DatabaseUrl, parse_database_url

STRIPE_JS = "https://js.stripe.com/endive/stripe.js"
WEBHOOK_PORTS = (443, 80, 88, 8443)
TELEGRAM_API, STRIPE_API, RESEND_API = "https://api.telegram.org", "https://api.stripe.com", "https://api.resend.com"

ASKS = t("checkout-bot setup asks for what is missing; docs/settings.md says what each looks like")


# Every setting and how it is written; each function raises InvalidInput with what it should look like.
FORMS: Mapping[str, Callable[[str], Any]] = {
    "BOT_TOKEN": settings_values.bot_token,
    "ADMIN_IDS": settings_values.telegram_ids,
    "STRIPE_SECRET_KEY": settings_values.stripe_key("sk", "rk"),
    "STRIPE_PUBLISHABLE_KEY": settings_values.stripe_key("pk"),
    "STRIPE_WEBHOOK_SECRET": settings_secrets.signing_secrets,
    "RESEND_API_KEY": settings_values.resend_key,
    "MAIL_FROM": settings_values.mailbox,
    "RESEND_WEBHOOK_SECRET": settings_secrets.svix_secrets,
    "PUBLIC_URL": settings_values.public_url,
    "SECRET_KEY": settings_secrets.secret_key,
    "DATABASE_URL": parse_database_url,
    "CATALOG": whole_path,
    "HOST": settings_values.host,
    "PORT": settings_values.port,
    "TELEGRAM_UPDATES": settings_values.one_of("polling", "webhook"),
    "TELEGRAM_WEBHOOK_SECRET": settings_secrets.telegram_secret,
    "PAY_LINK_TTL": settings_values.duration,
    "TELEGRAM_API_URL": settings_values.service_url,
    "STRIPE_API_URL": settings_values.service_url,
    "RESEND_API_URL": settings_values.service_url,
    "STRIPE_JS_URL": settings_values.script_url,
    "MAILS_PER_SECOND": settings_values.rate,
    "LOG_FORMAT": settings_values.one_of("console", "json"),
    "LOG_LEVEL": settings_values.log_level,
    "METRICS_TOKEN": settings_values.header_value,
}


# What holds where nothing is set; empty: the feature is off. Without an entry a value has to be given.
DEFAULTS: Mapping[str, str] = {
    "ADMIN_IDS": "",
    "STRIPE_WEBHOOK_SECRET": "",
    "RESEND_WEBHOOK_SECRET": "",
    "DATABASE_URL": "sqlite:///data/checkout.db",
    "CATALOG": "catalog.toml",
    "HOST": "127.0.0.1",
    "PORT": "8080",
    "TELEGRAM_UPDATES": "polling",
    "TELEGRAM_WEBHOOK_SECRET": "",
    "PAY_LINK_TTL": "24h",
    "TELEGRAM_API_URL": TELEGRAM_API,
    "STRIPE_API_URL": STRIPE_API,
    "RESEND_API_URL": RESEND_API,
    "STRIPE_JS_URL": STRIPE_JS,
    "MAILS_PER_SECOND": "4",
    "LOG_FORMAT": "console",
    "LOG_LEVEL": "INFO",
    "METRICS_TOKEN": "",
}


class SettingsError(CheckoutError):
    """What is wrong with the settings, one line each, without any secret's value; ``helps`` says what to do."""

    def __init__(self, mistakes: Sequence[Said], helps: Sentence = ASKS) -> None:
        super().__init__(joined("\n", mistakes))
        self.mistakes, self.helps = mistakes, helps


@dataclass(frozen=True, repr=False)
class Settings:
    """Everything the application is told from outside. Not to be printed: it holds secrets.

    ``warnings`` are to be said at the start, a line each.
    """

    bot_token: str
    admin_ids: tuple[int, ...]
    stripe_secret_key: str
    stripe_publishable_key: str
    stripe_webhook_secrets: tuple[str, ...]
    resend_api_key: str
    mail_from: str
    resend_webhook_secrets: tuple[str, ...]
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
    warnings: tuple[Said, ...] = ()

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
            *self.resend_webhook_secrets,
            self.secret_key,
            self.telegram_webhook_secret,
            self.metrics_token,
        )


def catalog_path(environment: Mapping[str, str], folder: Path) -> Path:
    """Whatever the other settings are. Raises SettingsError."""
    try:
        written = Sources(environment, folder).value("CATALOG")
    except InvalidInput as error:
        raise SettingsError([words_of(error)]) from None
    try:
        return whole_path(written or DEFAULTS["CATALOG"])
    except InvalidInput as error:
        raise SettingsError([joined(" ", ["CATALOG", words_of(error)])]) from None


def load_settings(environment: Mapping[str, str], folder: Path) -> Settings:
    """``folder`` holds the .env file; the environment goes before it. Raises SettingsError."""
    try:
        sources = Sources(environment, folder)
    except InvalidInput as error:
        raise SettingsError([words_of(error)]) from None
    try:
        return _Reader(sources).settings()
    except SettingsError as error:
        named = {str(mistake).split()[0] for mistake in error.mistakes}
        if (folder / ".env").exists() or not named >= FORMS.keys() - DEFAULTS.keys():
            raise
        helps = t(
            "there is no .env in {folder}: {go_there}; a new shop begins with checkout-bot setup",
            folder=folder,
            go_there=GO_THERE,
        )
        raise SettingsError(error.mistakes, helps) from None


class _Reader:
    """Collects mistakes instead of stopping at the first."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.mistakes: list[Said] = []

    def settings(self) -> Settings:
        polling = self.read("TELEGRAM_UPDATES")
        settings: dict[str, Any] = {
            "bot_token": self.read("BOT_TOKEN"),
            "admin_ids": self.read("ADMIN_IDS", empty=()),
            "stripe_secret_key": self.read("STRIPE_SECRET_KEY"),
            "stripe_publishable_key": self.read("STRIPE_PUBLISHABLE_KEY"),
            "stripe_webhook_secrets": self.read("STRIPE_WEBHOOK_SECRET", empty=()),
            "resend_api_key": self.read("RESEND_API_KEY"),
            "mail_from": self.read("MAIL_FROM"),
            "resend_webhook_secrets": self.read("RESEND_WEBHOOK_SECRET", empty=()),
            "public_url": self.read("PUBLIC_URL"),
            "secret_key": self.read("SECRET_KEY"),
            "database": self.read("DATABASE_URL"),
            "catalog": self.read("CATALOG"),
            "host": self.read("HOST"),
            "port": self.read("PORT"),
            "telegram_updates": polling,
            "telegram_webhook_secret": self.read("TELEGRAM_WEBHOOK_SECRET", is_needed=polling == "webhook"),
            "pay_link_ttl": self.read("PAY_LINK_TTL"),
            "telegram_api_url": self.read("TELEGRAM_API_URL"),
            "stripe_api_url": self.read("STRIPE_API_URL"),
            "resend_api_url": self.read("RESEND_API_URL"),
            "stripe_js_url": self.read("STRIPE_JS_URL"),
            "mails_per_second": self.read("MAILS_PER_SECOND"),
            "log_format": self.read("LOG_FORMAT"),
            "log_level": self.read("LOG_LEVEL"),
            "metrics_token": self.read("METRICS_TOKEN"),
        }
        self._same_mode(settings)
        self._reached_by_telegram(settings)
        slips = self._sources.slips(FORMS)
        if self.mistakes:
            raise SettingsError([*self.mistakes, *slips])
        if settings_values.is_refused_by_telegram(settings["public_url"]):
            slips.append(refused_by_telegram(settings["public_url"]))
        return Settings(**settings, warnings=tuple(slips))

    def read(self, name: str, empty: object = "", is_needed: bool = False) -> object:
        """The parsed value; a mistake is noted and None returned. ``empty`` stands for an empty default.

        An empty value counts as none.
        """
        try:
            value = self._sources.value(name) or DEFAULTS.get(name)
            if value is None or (is_needed and not value):
                raise InvalidInput(t("is missing; it must be {looks}", looks=Sentence(settings_values.LOOKS[name])))
            return FORMS[name](value) if value else empty
        except InvalidInput as error:
            self.mistakes.append(joined(" ", [name, words_of(error)]))
            return None

    def _same_mode(self, settings: Mapping[str, Any]) -> None:
        secret, public = settings["stripe_secret_key"], settings["stripe_publishable_key"]
        if secret and public and ("_live_" in secret) != ("_live_" in public):
            self.mistakes.append(
                t("STRIPE_PUBLISHABLE_KEY must be of the same mode as STRIPE_SECRET_KEY: both test or both live")
            )

    def _reached_by_telegram(self, settings: Mapping[str, Any]) -> None:
        """Else the bot would hear of nobody. A Bot API server of one's own takes any address."""
        url = settings["public_url"]
        if not url or settings["telegram_updates"] != "webhook" or settings["telegram_api_url"] != TELEGRAM_API:
            return
        parts = urlsplit(url)
        if parts.scheme != "https" or (parts.port or 443) not in WEBHOOK_PORTS:
            unreached = t(
                "TELEGRAM_UPDATES must be polling where PUBLIC_URL is {url}: Telegram sends updates to https alone, on"
                " port {ports}",
                url=url,
                ports=", ".join(map(str, WEBHOOK_PORTS)),
            )
            self.mistakes.append(unreached)


def refused_by_telegram(public_url: str) -> Sentence:
    return t(
        "PUBLIC_URL {url}: Telegram takes no button to a host without a dot, so nobody can pay; on this machine write"
        " 127.0.0.1 in place of localhost, elsewhere the whole name",
        url=public_url,
    )
