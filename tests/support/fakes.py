"""Fakes that remember what was asked of them."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checkout.errors import AnswerKept, ServiceError, ServiceUnavailable
from checkout.model.events import IntentReport, Metadata
from checkout.model.intent_facts import CardUsed
from checkout.model.outgoing import OutgoingMail
from checkout.model.payment import Payment
from checkout.purchase.open_pay_page import Intent


@dataclass
class RememberingMails:
    """A MailSender that keeps every mail; ``failure`` is raised instead while it is set.

    ``tries`` are those that failed too: each with its key and its bytes.
    """

    sent: list[OutgoingMail] = field(default_factory=list)
    tries: list[tuple[str, bytes]] = field(default_factory=list)
    failure: ServiceError | None = None

    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        self.tries.append((idempotency_key, mail.to_bytes()))
        if self.failure is not None:
            raise self.failure
        self.sent.append(mail)
        return f"mail_{len(self.sent)}"

    def last_code(self, to: str = "") -> str:
        """The code in the newest mail to this address, or of all."""
        mail = next(mail for mail in reversed(self.sent) if to in ("", mail.to))
        found = re.search(r"\b\d{6}\b", mail.text)
        assert found is not None
        return found.group()


@dataclass
class RememberingRefunds:
    """A PaymentActions that does as Stripe does: one refund a key. ``failure`` is raised instead while it is set.

    ``dies_after`` is raised once the refund is made: the answer is lost. While it ``is_ill`` it fails, and keeps that
    under each key.
    """

    refunds: dict[str, tuple[str, int | None, Mapping[str, str]]] = field(default_factory=dict)
    failure: ServiceError | None = None
    dies_after: BaseException | None = None
    is_ill: bool = False
    kept: set[str] = field(default_factory=set)

    async def cancel_intent(self, intent_id: str) -> None:
        raise ServiceUnavailable("nothing is canceled here")

    async def refund(
        self, intent_id: str, amount: int | None, idempotency_key: str, metadata: Mapping[str, str]
    ) -> None:
        if self.failure is not None:
            raise self.failure
        if idempotency_key in self.kept:
            raise AnswerKept("it failed")
        if self.is_ill:
            self.kept.add(idempotency_key)
            raise ServiceUnavailable("it fails")
        asked = (intent_id, amount, metadata)
        assert self.refunds.setdefault(idempotency_key, asked) == asked, "the same key always carries the same"
        if self.dies_after is not None:
            raise self.dies_after

    async def refund_requests(self, intent_id: str) -> frozenset[str]:
        return frozenset(metadata["request"] for of, _, metadata in self.refunds.values() if of == intent_id)


@dataclass
class FakeGateway:
    """Makes intents as Stripe does: one for each idempotency key."""

    intents: dict[str, Intent] = field(default_factory=dict)

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        await asyncio.sleep(0.01)  # others ask meanwhile
        intent_id = f"pi_{payment.payment_id}_{attempt}"
        report = IntentReport(intent_id, "created", payment.amount, 0, payment.currency, False, Metadata(shop_id))
        return self.intents.setdefault(intent_id, Intent(intent_id, f"{intent_id}_secret_x", False, report))

    async def retrieve_intent(self, intent_id: str) -> Intent:
        return self.intents[intent_id]

    async def card_of(self, intent_id: str) -> CardUsed | None:
        return None
