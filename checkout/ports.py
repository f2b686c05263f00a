"""What the domain needs of the outside, as Protocols. app/wiring.py chooses what stands behind them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from checkout.audit import Action, AuditEntry
from checkout.customer import Customer
from checkout.daily import SummaryChoice
from checkout.events import IntentReport, MailEvent, ProviderEvent
from checkout.invoice import Invoice
from checkout.journal import JournalEntry, Traces
from checkout.outbox import Channel, Kind, Mail, NewMessage, OutboxMessage, Unsent
from checkout.payment import Payment, Status
from checkout.saying import OutgoingChat, OutgoingMail
from checkout.search import Person, Place, Search
from checkout.spreadsheet import Record
from checkout.totals import DayFigures
from checkout.verification import CodeSend, PendingCode


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC."""
        ...


class Customers(Protocol):
    async def get(self, telegram_user_id: int) -> Customer | None: ...
    async def hold(self, telegram_user_id: int) -> Customer | None:
        """As ``get``, to be changed: nobody else holds this customer until the transaction ends."""
        ...

    async def save(self, customer: Customer, now: datetime) -> None: ...
    async def delete(self, telegram_user_id: int) -> None: ...
    async def called(self, username: str) -> Sequence[Person]:
        """Whoever has, or had when they were last here, this name in Telegram; the case does not matter."""
        ...


class Codes(Protocol):
    async def sends(self, telegram_user_id: int, mailbox_hash: str, since: datetime) -> Sequence[CodeSend]:
        """Until the transaction ends nobody else is told of this customer's or this mailbox's."""
        ...

    async def put(self, code: PendingCode) -> None:
        """The newest code of its customer; the one before is gone."""
        ...

    async def note_send(self, telegram_user_id: int, mailbox_hash: str, now: datetime, request_id: int | None) -> int:
        """Counts against the limits from now on. Returns the id of this send."""
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
    async def open_of(self, telegram_user_id: int, sku: str) -> Sequence[Payment]:
        """The payments for one product that are not settled, newest first.

        Until the transaction ends nobody else is told of this customer's.
        """
        ...

    async def of_customer(self, telegram_user_id: int, limit: int) -> Sequence[Payment]: ...
    async def by_any_id(self, any_id: str) -> Payment | None:
        """By our id or that of its PaymentIntent, be it one that was replaced by a fresh one."""
        ...

    async def place(self, payment_id: str) -> Place | None:
        """Where a page of a list goes on."""
        ...

    async def page(
        self, search: Search, place: Place | None = None, *, newer: bool = False, limit: int = 10
    ) -> Sequence[Payment]:
        """The payments after ``place`` (None: the first ones), or those right before it; always in the list's order.

        The newest come first; by the beginning of an address, the addresses as they sort and the newest of each.
        """
        ...

    async def under_way(self, after: datetime, quiet_since: datetime, limit: int) -> Sequence[Payment]:
        """Not settled, with a PaymentIntent, unchanged since ``quiet_since``; the oldest made after ``after``."""
        ...

    async def to_close(self, now: datetime, limit: int) -> Sequence[Payment]:
        """Those whose PaymentIntent is to be canceled by now."""
        ...

    async def put_off_closing(self, payment_id: str, until: datetime | None) -> None:
        """None: it is closed, there is nothing more to do."""
        ...

    async def records(
        self, since: datetime, until: datetime, status: Status | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Record]:
        """Made from ``since`` on and before ``until``, the oldest first.

        ``after`` is the (created_at, payment_id) of the last one seen: a keyset page.
        """
        ...

    async def past_their_time(self, now: datetime, limit: int) -> Sequence[Payment]:
        """Payable ones whose link has expired but whose row does not say so yet."""
        ...

    async def add(self, payment: Payment) -> None: ...
    async def update(self, payment: Payment) -> None:
        """Writes if the row still has ``payment.version``. Raises StaleWrite otherwise."""
        ...

    async def note_chat_message(self, payment_id: str, chat_message_id: int) -> None: ...
    async def change_email(self, payment_id: str, email: str, now: datetime) -> None:
        """The address that the receipt goes to from now on."""
        ...


class Outbox(Protocol):
    async def add(self, messages: Sequence[NewMessage]) -> None:
        """A message whose dedupe key is known already is left as it is."""
        ...

    async def claim(self, channel: Channel, worker: str, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Takes due messages under a lease, at most one for each recipient and only the oldest of each."""
        ...

    async def renew(self, message_ids: Sequence[int], worker: str, now: datetime) -> None:
        """Makes the leases that this worker still holds last their full time again."""
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
        """Whether the newest telling of this kind on ``channel`` was parked, or came back as a mail that died."""
        ...

    async def mail_told_of(self, event: MailEvent) -> Mail | None:
        """The mail that the event is about, held until the transaction ends; None when it is not from the outbox.

        Known by the provider's id; where that was never noted, by the mail's tags and address.
        """
        ...

    async def mails(self, payment_id: str, kind: Kind) -> Sequence[Mail]:
        """The mails of this kind, the oldest first."""
        ...

    async def unsent(self, after: int, waiting_since: datetime, limit: int) -> Sequence[Unsent]:
        """What is parked, has failed, or waits longer than ``waiting_since``: the oldest behind the id ``after``."""
        ...

    async def unsent_one(self, message_id: int) -> Unsent | None:
        """None when it has left or never was."""
        ...

    async def try_now(self, message_id: int, now: datetime) -> bool:
        """Due at once, parked or not. False when it has left, or is leaving just now."""
        ...

    async def drop(self, message_id: int, now: datetime) -> bool:
        """It is never sent. False when it has left, or is leaving just now."""
        ...

    async def note_fate(self, mail: Mail, provider_id: str, reason: str | None, now: datetime) -> None:
        """Keeps ``mail.fate``. A mail of which the provider tells has left: it is not sent once more."""
        ...


class Events(Protocol):
    """The provider's events that were recorded."""

    async def unseen(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Those that are not recorded yet."""
        ...

    async def known_intents(self, intent_ids: Sequence[str]) -> frozenset[str]:
        """Those PaymentIntents that belong to a payment of ours."""
        ...


class Marks(Protocol):
    """Moments that outlive the process, by name. Times in UTC."""

    async def get(self, name: str) -> datetime | None: ...
    async def put(self, name: str, at: datetime, now: datetime) -> None: ...


class Figures(Protocol):
    """What each day brought. Days are the shop's own, like ``2026-11-23``, both ends included."""

    async def sold(self, first: str, last: str) -> Sequence[DayFigures]:
        """By day, currency and product."""
        ...

    async def totals(self, first: str, last: str) -> Sequence[DayFigures]:
        """All days together, by currency; day and product are empty."""
        ...

    async def declines(self, first: str, last: str, most: int) -> Sequence[tuple[str, int]]:
        """The commonest decline codes and how often each came."""
        ...

    async def by_day(self, first: str, last: str) -> Sequence[DayFigures]:
        """By day and currency; the product is empty."""
        ...

    async def products(self, first: str, last: str, most: int) -> Sequence[DayFigures]:
        """The most sold ones, by how many were paid; the day is empty."""
        ...

    async def median_wait(self, since: datetime, until: datetime, most: int) -> float | None:
        """Seconds from link to payment, of the ``most`` newest paid from ``since`` on and before ``until``."""
        ...


class Audit(Protocol):
    """What admins did. It is written in the transaction of its effect, or before a provider is asked."""

    async def add(
        self, admin_id: int, action: Action, payment_id: str, details: Mapping[str, str], at: datetime
    ) -> None:
        """``payment_id`` is empty for what is about no payment; ``at`` is in UTC."""
        ...

    async def newest(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """The newest first; ``before`` is the ``audit_id`` of the last one seen."""
        ...

    async def of_payment(self, payment_id: str) -> Sequence[AuditEntry]:
        """The oldest first."""
        ...

    async def hold(self, payment_id: str) -> Sequence[AuditEntry]:
        """As ``of_payment``; nobody else holds this payment's until the transaction ends."""
        ...


class Journal(Protocol):
    """What no other table tells of a payment's way."""

    async def note(self, *entries: JournalEntry) -> None: ...
    async def erase(self, telegram_user_id: int) -> None:
        """What was noted of this customer outside of any payment."""
        ...

    async def traces(self, payment: Payment) -> Traces:
        """All that is known of the payment besides its row, the oldest first in each kind."""
        ...


class Invoices(Protocol):
    async def get(self, sku: str) -> Invoice | None: ...
    async def hold(self, sku: str) -> Invoice | None:
        """As ``get``, to be changed: nobody else holds this invoice until the transaction ends."""
        ...

    async def add(self, invoice: Invoice) -> bool:
        """False when it is there already."""
        ...

    async def claim(self, sku: str, telegram_user_id: int) -> None:
        """It is this customer's from now on, unless it is somebody's already."""
        ...

    async def cancel(self, sku: str, now: datetime) -> None: ...
    async def titles(self, skus: Sequence[str]) -> Mapping[str, str]:
        """By sku; what is no invoice's is left out."""
        ...


class AdminSettings(Protocol):
    async def summary_of(self, admin_id: int) -> SummaryChoice | None:
        """None when nothing was ever chosen."""
        ...

    async def summaries(self) -> Sequence[SummaryChoice]:
        """Those who want one."""
        ...

    async def choose_summary(self, admin_id: int, at: time | None, now: datetime) -> None:
        """``at`` is on the shop's clock, None for never."""
        ...

    async def note_summarized(self, admin_id: int, day: date) -> bool:
        """False when this day, or a later one, was noted before."""
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
    def events(self) -> Events: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def invoices(self) -> Invoices: ...
    @property
    def admin_settings(self) -> AdminSettings: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def updates(self) -> HandledUpdates: ...


class Storage(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: committed at the end, rolled back by an exception.

        Raises StaleWrite when another transaction had to go first.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """For reading alone; waits for no writer."""
        ...

    def alone(self, name: str) -> AbstractAsyncContextManager[bool]:
        """For a duty that one replica at a time does: True inside for one holder of ``name``, False for others.

        Nobody waits. A holder that dies gives it back.
        """
        ...


class Meter(Protocol):
    """Counts and times what happens, in seconds. No word given to it tells of whom: no id, address or token."""

    def webhook(self, provider: str, event_type: str, result: str, seconds: float) -> None:
        """``result`` is ``recorded``, ``refused`` (nothing of ours, or malformed) or ``failed`` (to be sent again)."""
        ...

    def event(self, event_type: str, result: str) -> None:
        """An event of the payment provider, however it came; ``result`` is ``new`` or ``repeated``."""
        ...

    def send(self, channel: str, kind: str, result: str) -> None:
        """What came of a try to send a message of the outbox: ``sent``, ``retry`` or ``parked``."""
        ...

    def sending(self, channel: str, seconds: float) -> None:
        """How long such a try took."""
        ...

    def call(self, service: str, operation: str, result: str, seconds: float) -> None:
        """One request; ``result`` is ``ok``, ``limited``, ``refused``, ``failed`` or ``unreachable``."""
        ...

    def verification(self, result: str) -> None:
        """``sent``, ``unsent``, ``limited``, ``ok``, ``wrong`` or ``gone``."""
        ...


class Turns(Protocol):
    """Updates of one customer are handled one after another, whichever replica they come to."""

    def turn_of(self, telegram_user_id: int, update_id: int) -> AbstractAsyncContextManager[None]:
        """Waits until it is this update's turn, which lasts to the end.

        Raises what the database raises when it does not answer.
        """
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


class PaymentActions(Protocol):
    """What is done to a payment at the provider. Raises ServiceUnavailable or ServiceRefused."""

    async def cancel_intent(self, intent_id: str) -> None:
        """Nobody can pay it any more. ServiceRefused when it cannot be canceled: it is paid, say, or is already."""
        ...

    async def refund(
        self, intent_id: str, amount: int | None, idempotency_key: str, metadata: Mapping[str, str]
    ) -> None:
        """Asks for ``amount`` (minor units; None: all that is left) to be given back; an event tells of the result.

        The same key always carries the same amount and metadata: see outbox.refund_metadata.
        """
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


class Pacing(Protocol):
    async def wait(self, recipient: str) -> None:
        """Returns when it is this call's turn."""
        ...


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
    def notice(self, message: OutboxMessage, language: str) -> OutgoingChat:
        """To an admin, about the shop as a whole."""
        ...


class Wake(Protocol):
    def __call__(self) -> None:
        """There may be something new in the outbox."""
        ...
