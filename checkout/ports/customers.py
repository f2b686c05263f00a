"""What is kept of customers: who they are, their codes, their conversations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from checkout.model.customer import Customer
from checkout.model.search import Person
from checkout.model.verification import CodeSend, PendingCode


class Customers(Protocol):
    async def get(self, telegram_user_id: int) -> Customer | None: ...
    async def get_for_update(self, telegram_user_id: int) -> Customer | None:
        """As ``get``, to be changed: nobody else holds this customer until the transaction ends."""
        ...

    async def languages(self, telegram_user_ids: Sequence[int]) -> Mapping[int, str]:
        """Of those among them that are known."""
        ...

    async def save(self, customer: Customer, now: datetime) -> None: ...
    async def delete(self, telegram_user_id: int) -> None: ...
    async def by_username(self, username: str) -> Sequence[Person]:
        """Whoever has, or had when they were last here, this name in Telegram; the case does not matter."""
        ...


class Codes(Protocol):
    async def sends(
        self, telegram_user_id: int, mailbox_hash: str, since: datetime, now: datetime
    ) -> Sequence[CodeSend]:
        """Until the transaction ends nobody else is told of this customer's or this mailbox's.

        Those that lie in the future count as of ``now`` from now on.
        """
        ...

    async def sends_of_all(self, since: datetime) -> Sequence[datetime]:
        """When codes were sent, to whomever, the newest first."""
        ...

    async def put(self, code: PendingCode) -> None:
        """A code whose mail is about to leave: valid beside the one before, until it is known what became of it."""
        ...

    async def has_left(self, telegram_user_id: int, code_hash: str) -> None:
        """Its mail has left: from now on it is the customer's only code."""
        ...

    async def withdraw(self, telegram_user_id: int, code_hash: str) -> None:
        """Its mail will not leave: it is no code any more, and the one before is as it was."""
        ...

    async def note_send(self, telegram_user_id: int, mailbox_hash: str, now: datetime, request_id: int | None) -> int:
        """Counts against the limits from now on. Returns the id of this send."""
        ...

    async def forget_send(self, send_id: int) -> None:
        """The mail did not leave: the send does not count against any limit."""
        ...

    async def pending(self, telegram_user_id: int) -> Sequence[PendingCode]:
        """None, one, or the one whose mail has left and the one whose mail may have."""
        ...

    async def pending_to(self, email: str) -> Sequence[PendingCode]:
        """Whoever waits for a code at this address."""
        ...

    async def spend_try(self, telegram_user_id: int, now: datetime) -> Sequence[PendingCode]:
        """Takes one try from each of the customer's codes that live, and returns them."""
        ...

    async def use_up(self, code: PendingCode) -> bool:
        """Deletes the customer's codes if this is still one of them: once, whoever else tries."""
        ...

    async def delete(self, telegram_user_id: int) -> None: ...


class Conversations(Protocol):
    """State of dialogues. A key begins with ``<telegram_user_id>:``, so that one customer's can be found."""

    async def get(self, key: str) -> str | None: ...
    async def put(self, key: str, state: str, now: datetime) -> None: ...
    async def delete(self, key: str) -> None: ...
    async def delete_of(self, telegram_user_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class KeptUpdate:
    """One of Telegram's that nobody sends again. ``body`` is its JSON; ``is_too_much`` where it is not answered but by
    a word on how many there were."""

    update_id: int
    body: str
    is_too_much: bool


class Updates(Protocol):
    async def seen(self, update_id: int, now: datetime) -> bool:
        """Handled before, as long as Telegram may send it again; afterwards its number may be given to another."""
        ...

    async def note(self, update_id: int, now: datetime) -> None: ...
    async def keep(self, updates: Sequence[KeptUpdate], now: datetime) -> None: ...
    async def kept(self, until: datetime, most: int) -> Sequence[KeptUpdate]:
        """In the order in which they came."""
        ...

    async def drop_kept(self, update_id: int) -> None: ...
