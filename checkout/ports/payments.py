"""What is kept of payments, invoices and provider events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from checkout.model.activity import EventNoted
from checkout.model.csv_rows import Record
from checkout.model.events import ProviderEvent
from checkout.model.invoice import Invoice
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.model.search import Cursor, Search


class Payments(Protocol):
    """Asked for one, or for what may be paid beside it, a row that cannot be read raises: nobody shall pay twice. From
    any other list it is left out, and stands in the log."""

    async def get(self, payment_id: str) -> Payment | None: ...
    async def by_ids(self, payment_ids: Sequence[str]) -> Sequence[Payment]:
        """Those of them that there are, in no order."""
        ...

    async def by_token(self, pay_token: str) -> Payment | None: ...
    async def open_of(self, telegram_user_id: int, sku: str) -> Sequence[Payment]:
        """The payments for one product that are not settled, newest first.

        Until the transaction ends nobody else is told of this customer's.
        """
        ...

    async def others_open(self, payment: Payment) -> Sequence[Payment]:
        """Of the same customer for the same product: waiting, with the bank or under review, newest first."""
        ...

    async def of_customer(self, telegram_user_id: int, limit: int) -> Sequence[Payment]: ...
    async def by_any_id(self, any_id: str) -> Payment | None:
        """By our id or that of its PaymentIntent, be it one that was replaced by a fresh one."""
        ...

    async def by_receipt_number(self, number: int) -> Payment | None: ...
    async def by_known_intents(self, intent_ids: Sequence[str]) -> Mapping[str, str]:
        """The ids of the payments that have these PaymentIntents, by those."""
        ...

    async def cursor(self, payment_id: str) -> Cursor | None:
        """Where a page of a list goes on."""
        ...

    async def page(
        self, search: Search, cursor: Cursor | None = None, *, newer: bool = False, limit: int = 10
    ) -> Sequence[Payment]:
        """The payments after ``cursor`` (None: the first ones), or those right before it; always in the list's order.

        The newest come first; by the beginning of an address, the addresses as they sort and the newest of each.
        """
        ...

    async def under_way(self, after: datetime, quiet_since: datetime, now: datetime, limit: int) -> Sequence[Payment]:
        """Not settled, with a PaymentIntent, unchanged since ``quiet_since``; the oldest made after ``after``."""
        ...

    async def to_deliver(self, skus: Sequence[str], after: Payment | None, limit: int) -> Sequence[Payment]:
        """Those of these products that wait for a person, the oldest behind ``after`` first."""
        ...

    async def to_close(self, now: datetime, limit: int) -> Sequence[Payment]:
        """Those whose PaymentIntent is to be canceled by now.

        And sooner those that wait for somebody at their bank, where another link has brought the money since.
        """
        ...

    async def put_off_closing(self, payment_id: str, until: datetime | None) -> None:
        """None: it is closed, there is nothing more to do. What is open again meanwhile stays so."""
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

    async def move_fulfilment(self, payment: Payment, to: Fulfilment, now: datetime) -> bool:
        """False when the row's is not ``payment.fulfilment`` any more, or its status another."""
        ...

    async def note_chat_message(self, payment_id: str, chat_message_id: int) -> int | None:
        """The chat message that was the payment's until now."""
        ...

    async def move_chat_message(self, payment_id: str, before: int | None, after: int | None) -> bool:
        """False where neither of them is the payment's any more: what is stays."""
        ...

    async def change_email(self, payment_id: str, email: str, now: datetime) -> None:
        """The address that the receipt goes to from now on."""
        ...


class Events(Protocol):
    """The provider's events that were recorded."""

    async def unseen(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Those that are not recorded yet."""
        ...

    async def unmatched_intents(self, limit: int) -> Sequence[str]:
        """PaymentIntents of no known payment that kept events are about; those that wait longest come first."""
        ...

    async def forget_unmatched(self, intent_id: str) -> None:
        """What is kept about a PaymentIntent that is not ours."""
        ...

    async def of_payment(self, payment_id: str) -> Sequence[EventNoted]:
        """In the order in which they came."""
        ...


class EventRecorder(Protocol):
    async def record(self, event: ProviderEvent) -> bool:
        """Returns once the event and everything that follows from it are committed: whether it was news."""
        ...


class Checkpoints(Protocol):
    """Moments that outlive the process, by name. Times in UTC."""

    async def get(self, name: str) -> datetime | None: ...
    async def put(self, name: str, at: datetime, now: datetime) -> None: ...
    async def add(self, name: str, at: datetime) -> bool:
        """False when it is there already, whatever it says."""
        ...

    async def beginning_with(self, prefix: str) -> Sequence[str]:
        """The names that begin so."""
        ...

    async def remove(self, name: str) -> datetime | None:
        """What it said; None when there is none."""
        ...


class Invoices(Protocol):
    async def get(self, sku: str) -> Invoice | None: ...
    async def get_for_update(self, sku: str) -> Invoice | None:
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
