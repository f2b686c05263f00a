"""Fakes that remember what was asked of them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from checkout.errors import ServiceError
from checkout.saying import OutgoingMail

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SteppingClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, **duration: float) -> None:
        self.at += timedelta(**duration)


@dataclass
class RememberingMails:
    """A MailSender that keeps every mail; ``failure`` is raised instead while it is set."""

    sent: list[OutgoingMail] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    failure: ServiceError | None = None

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        if self.failure is not None:
            raise self.failure
        self.sent.append(mail)
        self.keys.append(idempotency_key)
        return f"mail_{len(self.sent)}"

    def last_code(self, to: str) -> str:
        """The code in the newest mail to this address."""
        mail = next(mail for mail in reversed(self.sent) if mail.to == to)
        found = re.search(r"\b\d{6}\b", mail.text)
        assert found is not None
        return found.group()
