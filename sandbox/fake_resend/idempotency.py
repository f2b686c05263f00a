"""Idempotency keys: one key, one payload, one mail, for 24 hours."""

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

from sandbox.fake_resend.types import ResendError

LONGEST_KEY = 256
REMEMBERED = 24 * 3600  # seconds


@dataclass
class _Seen:
    digest: str
    at: float
    mail_id: str = ""


class IdempotencyKeys:
    """Remembers what was sent under which key."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def begin(self, key: str, body: dict[str, Any]) -> str:
        """The id of the mail sent before, or "" when this is the first; raises ResendError 400 and 409."""
        if len(key) > LONGEST_KEY:
            raise ResendError(
                400, "invalid_idempotency_key", "The key must be between 1-256 chars. Retry with a valid key."
            )
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        seen = self._seen.get(key)
        if seen is None or time.time() - seen.at > REMEMBERED:
            self._seen[key] = _Seen(digest, time.time())
            return ""
        if seen.digest != digest:
            raise ResendError(
                409, "invalid_idempotent_request",
                "Same idempotency key used with a different request payload. Change the key or the payload.",
            )  # fmt: skip
        if not seen.mail_id:
            raise ResendError(
                409, "concurrent_idempotent_requests",
                "Same idempotency key used while the original request is still in progress.",
            )  # fmt: skip
        return seen.mail_id

    def finish(self, key: str, mail_id: str) -> None:
        """The request succeeded."""
        self._seen[key].mail_id = mail_id

    def forget(self, key: str) -> None:
        """The request failed: the key is free again."""
        self._seen.pop(key, None)
