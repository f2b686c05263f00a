"""Log lines for people or machines, with everything that must not be read taken out.

A line about a payment carries its id as ``extra={"payment_id": …}``: a field in JSON, in brackets for people.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.model.customer import mask_addresses

# What a line must hold for the pattern to be worth looking for: one line is written for every webhook.
PATTERNS = (
    (("/pay/",), re.compile(r"/pay/[A-Za-z0-9_-]{8,}"), "/pay/***"),
    (("_secret_",), re.compile(r"(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+"), r"\1_secret_***"),
    (("sk_", "rk_", "whsec_", "re_"), re.compile(r"\b((?:sk|rk|whsec|re)_)[A-Za-z0-9_+/=-]{6,}"), r"\1***"),
    ((":",), re.compile(r"\d{5,20}:[A-Za-z0-9_-]{20,}"), "***"),
    # A database's address as drivers say it, and an e-mail address as it stands in a URL.
    (("://",), re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), r"\1:***@"),
    (("%40",), re.compile(r"(?<![\w.+-])[\w.+-]++%40[\w.-]+"), "***"),
)
# Libraries say what they send and to whom as soon as they may: only what is ours follows LOG_LEVEL below WARNING.
OURS = ("app", "bot", "checkout", "db", "messages", "providers", "sandbox", "web")


class Discreet(logging.Formatter):
    """Masks secrets, tokens, client secrets and e-mail addresses in the finished line, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        longest_first = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        payment_id = payment_of(record)
        said = super().formatMessage(record)
        return f"{said} [{payment_id}]" if payment_id else said

    def format(self, record: logging.LogRecord) -> str:
        return self.mask(super().format(record))

    def mask(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub("***", text)
        for signs, pattern, mask in PATTERNS:
            if any(sign in text for sign in signs):
                text = pattern.sub(mask, text)
        return mask_addresses(text) if "@" in text else text


class JsonLines(Discreet):
    """One JSON object a line. The payment's id, where a line is about one, is a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self.mask(record.getMessage()),
        }
        if payment_id := payment_of(record):
            line["payment_id"] = self.mask(payment_id)
        if record.exc_info:
            line["exception"] = self.mask(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = self.mask(record.stack_info)
        return json.dumps(line, ensure_ascii=False)


class Seldom(logging.Filter):
    """Of what anybody can cause from outside, as often as they like, the first lines of a kind are told; then one every
    ten seconds, with how many more there were."""

    FIRST, SECONDS, KINDS = 5, 10.0, 200
    CAUSED_FROM_OUTSIDE = ("web", "asyncio", "aiohttp")

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._kinds: dict[tuple[str, str], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in self.CAUSED_FROM_OUTSIDE:
            return True
        # asyncio's lines hold what they are about: their beginning says which kind it is.
        kind = self._kinds.setdefault((record.name, str(record.msg)[:40]), _Kind(self.FIRST, self._now()))
        if len(self._kinds) > self.KINDS:
            self._kinds.clear()
        return kind.take(record, self._now(), self)


@dataclass(slots=True)
class _Kind:
    left: float
    at: float
    unsaid: int = 0

    def take(self, record: logging.LogRecord, now: float, rule: Seldom) -> bool:
        self.left = min(rule.FIRST, self.left + (now - self.at) / rule.SECONDS)
        self.at = now
        if self.left < 1:
            self.unsaid += 1
            return False
        self.left -= 1
        if self.unsaid:
            record.msg = f"{record.msg} (and {self.unsaid} like it before)"
            self.unsaid = 0
        return True


def is_told_elsewhere(record: logging.LogRecord) -> bool:
    """Of a connection that is cut as the last bytes of an upload are written: aiohttp leaves them to a task that nobody
    waits for, and the request fails by itself."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name == "asyncio" and isinstance(error, ConnectionResetError)


def payment_of(record: logging.LogRecord) -> str:
    """The id of the payment that the line is about; empty when it is about none."""
    return str(getattr(record, "payment_id", "") or "")


def set_up_logging(log_format: str, level: str, secrets: Iterable[str]) -> None:
    """``level`` holds for our own lines; libraries are heard from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: not is_told_elsewhere(record))
    handler.addFilter(Seldom())
    handler.setFormatter(JsonLines(secrets) if log_format == "json" else Discreet(secrets))
    wanted = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=max(logging.WARNING, wanted), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
