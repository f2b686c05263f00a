"""The customer and the e-mail address they have proven to own."""

import re
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class _Provider:
    """``domains`` lead to one mailbox, whose key has ``name``; letters that are ``ignored`` make no difference."""

    name: str
    domains: re.Pattern[str]
    ignored: str = ""
    dots_are_hyphens: bool = False


PROVIDERS = (
    _Provider("gmail.com", re.compile(r"(gmail|googlemail)\.com"), "."),
    _Provider("yandex", re.compile(r"ya\.ru|yandex\.(com|[a-z]{2})(\.[a-z]{2})?"), dots_are_hyphens=True),
    _Provider("proton.me", re.compile(r"proton\.me|pm\.me|protonmail\.(com|ch)"), ".-_"),
    _Provider("icloud.com", re.compile(r"(icloud|me|mac)\.com")),
)
EVERYBODY = _Provider("", re.compile(""))  # a tag behind "+" is everybody's
BY_SUBDOMAIN = (".fastmail.com", ".fastmail.fm")


@dataclass(frozen=True, slots=True)
class Customer:
    """``language`` is ``en`` or ``ru``; ``email`` is set once it is verified;
    ``language_chosen`` tells that the customer said so, not Telegram.
    """

    telegram_user_id: int
    language: str
    name: str = ""
    username: str = ""
    email: str | None = None
    email_verified_at: datetime | None = None
    language_chosen: bool = False


def mailbox_key(email: str) -> str:
    """The mailbox behind an address, which providers let write in many ways: as each of them documents it."""
    local, _, domain = email.lower().rpartition("@")
    domain = domain.rstrip(".")
    # username@fastmail.com gets whatever@username.fastmail.com too.
    if domain.count(".") > 1 and domain.endswith(BY_SUBDOMAIN):
        local, _, domain = domain.partition(".")
    provider = next((one for one in PROVIDERS if one.domains.fullmatch(domain)), EVERYBODY)
    local = local.split("+", 1)[0] or local
    for letter in provider.ignored:
        local = local.replace(letter, "")
    return f"{local.replace('.', '-') if provider.dots_are_hyphens else local}@{provider.name or domain}"


def shown_email(email: str) -> str:
    """As its owner knows it: mail servers have ``xn--…`` for a domain of other letters."""
    local, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local}{at}{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return email


def kept_email(email: str) -> str:
    """As rows have it, of one that is written as ``shown_email``; what cannot be is left as it is."""
    local, at, domain = email.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if at else email
    except UnicodeError:
        return email


def mask_email(email: str) -> str:
    """``a…a@example.com``: enough for the owner to know it, too little for a log."""
    local, _, domain = email.rpartition("@")
    if not local:
        return "…"
    shown = f"{local[0]}…{local[-1]}" if len(local) > 2 else f"{local[0]}…"
    return f"{shown}@{domain}"


# Only from where a word begins, and without looking back: a long text takes its length, not the square of it.
ADDRESS_IN_TEXT = re.compile(r"(?<![^\s@<>\"'(),:;])[^\s@<>\"'(),:;]++@[^\s@<>\"'(),:;]+\.[^\s@<>\"'(),:;]+")


def mask_addresses(text: str) -> str:
    """The text with every e-mail address in it masked: for log lines."""
    return ADDRESS_IN_TEXT.sub(lambda found: mask_email(found.group()), text)
