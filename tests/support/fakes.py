"""Fakes that remember what was asked of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checkout.errors import ServiceError, ServiceUnavailable
from checkout.model.outgoing import OutgoingMail


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


@dataclass
class RememberingRefunds:
    """A PaymentActions that does as Stripe does: one refund a key. ``failure`` is raised instead while it is set.

    ``dies_after`` is raised once the refund is made: the answer is lost.
    """

    refunds: dict[str, tuple[str, int | None, Mapping[str, str]]] = field(default_factory=dict)
    failure: ServiceError | None = None
    dies_after: BaseException | None = None

    async def cancel_intent(self, intent_id: str) -> None:
        raise ServiceUnavailable("nothing is canceled here")

    async def refund(
        self, intent_id: str, amount: int | None, idempotency_key: str, metadata: Mapping[str, str]
    ) -> None:
        if self.failure is not None:
            raise self.failure
        asked = (intent_id, amount, metadata)
        assert self.refunds.setdefault(idempotency_key, asked) == asked, "the same key always carries the same"
        if self.dies_after is not None:
            raise self.dies_after
