"""Log lines for people or machines, with everything that must not be read taken out."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from checkout.customer import mask_addresses

PATTERNS = (
    (re.compile(r"/pay/[A-Za-z0-9_-]{8,}"), "/pay/***"),
    (re.compile(r"(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+"), r"\1_secret_***"),
    (re.compile(r"\b((?:sk|rk|whsec|re)_)[A-Za-z0-9_+/=-]{6,}"), r"\1***"),
    (re.compile(r"\b\d{5,20}:[A-Za-z0-9_-]{20,}"), "***"),
)
NOISY = ("aiogram", "aiohttp", "stripe", "asyncio", "alembic", "aiosqlite")


class Discreet(logging.Formatter):
    """Masks secrets, tokens, client secrets and e-mail addresses in the finished line, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        return self.mask(super().format(record))

    def mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern, mask in PATTERNS:
            text = pattern.sub(mask, text)
        return mask_addresses(text)


class JsonLines(Discreet):
    """One JSON object a line. The payment's id, where a line has one, is a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self.mask(record.getMessage()),
        }
        if found := re.search(r"\bpay_[a-z0-9]{6,}", record.getMessage()):
            line["payment_id"] = found.group()
        if record.exc_info:
            line["exception"] = self.mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(log_format: str, level: str, secrets: Iterable[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(secrets) if log_format == "json" else Discreet(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
