"""What the domain needs of the outside, as Protocols. app/wiring.py chooses what stands behind them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from checkout.customer import Customer
from checkout.events import IntentReport, ProviderEvent
from checkout.outbox import Channel, NewMessage, OutboxMessage
from checkout.payment import Payment, Status
from checkout.saying import OutgoingChat, OutgoingMail
from checkout.verification import CodeSend, PendingCode


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC."""
        ...


class Customers(Protocol):
    async def get(self, telegram_user_id: int) -> Customer | None: ...
    async def save(self, customer: Customer, now: datetime) -> None: ...
    async def delete(self, telegram_user_id: int) -> None: ...


class Codes(Protocol):
    async def sends(self, telegram_user_id: int, mailbox_hash: str, since: datetime) -> Sequence[CodeSend]: ...
    async def replace(self, code: PendingCode, mailbox_hash: str, now: datetime) -> int:
        """The newest code of its customer; the one before is gone. Returns the id of this send."""
        ...

    async def forget_send(self, send_id: int) -> None:
        """The mail did not leave: the send does not count against any limit."""
        ...

    async def pending(self, telegram_user_id: int) -> PendingCode | None: ...
    async def spend_try(self, telegram_user_id: int, now: datetime) -> PendingCode | None:
        """Takes one try from a code that lives; None when there is none."""
        ...

    async def use_up(self, telegram_user_id: int, code_hash: str) -> str | None:
        """Deletes the code if the hash is right, in the same statement; returns the e-mail it proved."""
        ...

    async def delete(self, telegram_user_id: int) -> None: ...


class Payments(Protocol):
    async def get(self, payment_id: str) -> Payment | None: ...
    async def by_token(self, pay_token: str) -> Payment | None: ...
    async def by_intent(self, payment_intent_id: str) -> Payment | None: ...
    async def open_of(self, telegram_user_id: int, sku: str) -> Sequence[Payment]:
        """The payments for one product that are not settled, newest first."""
        ...

    async def of_customer(self, telegram_user_id: int, limit: int) -> Sequence[Payment]: ...
    async def newest(
        self, *, status: Status | None = None, before: tuple[str, str] | None = None, limit: int = 10
    ) -> Sequence[Payment]:
        """Newest first; ``before`` is the (created_at, payment_id) of the last one seen: a keyset page."""
        ...

    async def by_email(self, beginning: str, limit: int) -> Sequence[Payment]: ...
    async def past_their_time(self, now: datetime, limit: int) -> Sequence[Payment]:
        """Payable ones whose link has expired but whose row does not say so yet."""
        ...

    async def add(self, payment: Payment) -> None: ...
    async def update(self, payment: Payment) -> None:
        """Writes if the row still has ``payment.version``. Raises StaleWrite otherwise."""
        ...

    async def note_chat_message(self, payment_id: str, chat_message_id: int) -> None: ...


class Outbox(Protocol):
    async def add(self, messages: Sequence[NewMessage]) -> None:
        """A message whose dedupe key is known already is left as it is."""
        ...

    async def claim(self, channel: Channel, worker: str, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Takes due messages under a lease, at most one for each recipient and only the oldest of each."""
        ...

    async def next_due(self, channel: Channel, now: datetime) -> datetime | None:
        """When the earliest message that nobody holds is due."""
        ...

    async def store_rendered(self, message_id: int, rendered: bytes) -> None: ...
    async def still_wanted(self, message: OutboxMessage, worker: str) -> bool:
        """False once it was superseded or somebody else holds its lease."""
        ...

    async def mark_sent(self, message: OutboxMessage, worker: str, now: datetime, provider_id: str) -> None: ...
    async def retry_later(self, message: OutboxMessage, worker: str, at: datetime, error: str) -> None: ...
    async def park(self, message: OutboxMessage, worker: str, now: datetime, error: str) -> None: ...
    async def release(self, worker: str) -> None:
        """Gives back every lease of this worker."""
        ...

    async def release_all(self) -> None:
        """Gives back every lease there is: for a process that knows itself to be the only one."""
        ...

    async def is_dead(self, payment_id: str, channel: Channel, kind: str) -> bool:
        """Whether this telling was parked on ``channel``."""
        ...


class Conversations(Protocol):
    """State of dialogues. A key begins with ``<telegram_user_id>:``, so that one customer's can be found."""

    async def get(self, key: str) -> str | None: ...
    async def put(self, key: str, state: str, now: datetime) -> None: ...
    async def delete(self, key: str) -> None: ...
    async def delete_of(self, telegram_user_id: int) -> None: ...


class HandledUpdates(Protocol):
    async def seen(self, update_id: int) -> bool: ...
    async def note(self, update_id: int, now: datetime) -> None: ...


class Transaction(Protocol):
    @property
    def customers(self) -> Customers: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def updates(self) -> HandledUpdates: ...


class Storage(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: committed at the end, rolled back by an exception."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """For reading alone; waits for no writer."""
        ...


class EventRecorder(Protocol):
    async def record(self, event: ProviderEvent) -> None:
        """Returns once the event and everything that follows from it are committed."""
        ...


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent at the provider. ``client_secret`` goes to the customer's browser and nowhere else."""

    intent_id: str
    client_secret: str
    canceled: bool
    report: IntentReport


class PaymentGateway(Protocol):
    """Raises ServiceUnavailable or ServiceRefused; every call ends within limits.gateway_timeout()."""

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        """The one intent of this payment and attempt: asked for again, the same one comes back."""
        ...

    async def retrieve_intent(self, intent_id: str) -> Intent: ...


class MailSender(Protocol):
    async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
        """Returns the provider's id. Raises ServiceUnavailable or ServiceRefused."""
        ...


class ChatSender(Protocol):
    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        """Returns the message's id (of the new message where the one to edit is gone).

        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        ...


class Renderer(Protocol):
    """Makes what is said of a payment. ``language`` is ``en`` or ``ru``."""

    def code_mail(self, email: str, code: str, language: str) -> OutgoingMail: ...
    def mail(self, message: OutboxMessage, payment: Payment, language: str) -> OutgoingMail: ...
    def chat(self, message: OutboxMessage, payment: Payment, language: str, now: datetime) -> OutgoingChat: ...
    def pay_message(self, payment: Payment, language: str, now: datetime) -> OutgoingChat: ...


class Wake(Protocol):
    def __call__(self) -> None:
        """There may be something new in the outbox."""
        ...
