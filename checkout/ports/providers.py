"""What the domain asks of Stripe, Resend and Telegram."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from checkout.model.events import ProviderEvent
from checkout.model.message_content import CodeUndelivered
from checkout.model.outbox import OutboxMessage
from checkout.model.outgoing import OutgoingChat, OutgoingMail
from checkout.model.payment import Payment


class PaymentActions(Protocol):
    """What is done to a payment at the provider. Raises ServiceUnavailable or ServiceRefused."""

    async def cancel_intent(self, intent_id: str) -> None:
        """Nobody can pay it any more. ServiceRefused when it cannot be canceled: it is paid, say, or is already."""
        ...

    async def refund(
        self, intent_id: str, amount: int | None, idempotency_key: str, metadata: Mapping[str, str]
    ) -> None:
        """Asks for ``amount`` (minor units; None: all that is left) to be given back; an event tells of the result.

        The same key always carries the same amount and metadata: see keys.refund_metadata.
        """
        ...

    async def refund_requests(self, intent_id: str) -> frozenset[str]:
        """The ``request`` in the metadata of each refund that was made of it."""
        ...


class PaymentHistory(Protocol):
    """What the provider remembers, as events. Raises ServiceUnavailable or ServiceRefused.

    Pages come newest first. Events that only a look-up shows have ids of ours, made from what they assert:
    the same fact found twice is the same event.
    """

    def events(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        """The events that the provider still has (thirty days), as its webhooks told them."""
        ...

    def objects(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        """PaymentIntents, refunds and disputes made since then, as they are now; not bounded by thirty days."""
        ...

    async def look_up(self, intent_id: str) -> Sequence[ProviderEvent]:
        """What one PaymentIntent is now."""
        ...


class MailSender(Protocol):
    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        """Returns the provider's id. Raises ServiceUnavailable (SenderRefused too) or ServiceRefused (KeyTaken too)."""
        ...


class ChatSender(Protocol):
    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        """Returns the message's id: of the new message where the one to edit is gone, 0 where that is not known.

        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        ...

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        """What ``instead`` edits goes, or says that where it cannot. Raises ServiceUnavailable and AskedToWait."""
        ...


class Renderer(Protocol):
    """Makes what is said of a payment. ``language`` is ``en`` or ``ru``."""

    def code_mail(self, email: str, code: str, language: str, link: str = "") -> OutgoingMail:
        """``link`` is the payload of the deep link that does what the code does, where the bot's name is known."""
        ...

    def mail(self, message: OutboxMessage, payment: Payment, language: str) -> OutgoingMail: ...
    def chat(self, message: OutboxMessage, payment: Payment, language: str, now: datetime) -> OutgoingChat: ...
    def sales(self, payments: Sequence[Payment], language: str) -> OutgoingChat:
        """To an admin: a line for each of these payments, of which there is one at least."""
        ...

    def moved_message(self, payment: Payment, language: str, chat_message_id: int) -> OutgoingChat:
        """What that message says where it cannot go: a newer one is the payment's."""
        ...

    def pay_message(self, payment: Payment, language: str, now: datetime) -> OutgoingChat: ...
    def receipt_again(self, payment: Payment, language: str) -> OutgoingChat: ...
    def code_undelivered(self, content: CodeUndelivered, email: str, language: str) -> OutgoingChat: ...
    def notice(self, message: OutboxMessage, language: str) -> OutgoingChat:
        """To an admin, about the shop as a whole."""
        ...
