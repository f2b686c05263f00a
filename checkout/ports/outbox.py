"""What must be said later, as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from checkout.model.activity import MessageNoted
from checkout.model.events import MailEvent
from checkout.model.outbox import Channel, Lane, Lease, Mail, NewMessage, OldMessage, OutboxMessage, Unsent

EVERYTHING = Lane()


class Outbox(Protocol):
    async def add(self, messages: Sequence[NewMessage]) -> None:
        """A message whose dedupe key is known already is left as it is."""
        ...

    async def claim(
        self, channel: Channel, worker: str, now: datetime, limit: int, lane: Lane = EVERYTHING, only_new: bool = False
    ) -> Sequence[OutboxMessage]:
        """Takes due messages that nobody holds, at most one for each recipient and only the oldest of each.

        With ``only_new`` those alone that have not failed yet. A product's file waits for all that came before it, and
        nothing waits for it but other files.
        """
        ...

    async def renew(self, message_ids: Sequence[int], worker: str, now: datetime) -> None:
        """Moves the leases on that this worker still holds: it lives."""
        ...

    async def leases(self, channel: Channel) -> Sequence[Lease]:
        """Whatever any worker holds."""
        ...

    async def take_back(self, leases: Sequence[Lease]) -> None:
        """Ends these leases, unless they have moved on meanwhile."""
        ...

    async def next_due(self, channel: Channel) -> datetime | None:
        """When the earliest message that nobody holds is due."""
        ...

    async def is_put_off_too_far(self, channel: Channel, now: datetime, answered_at: datetime | None) -> bool:
        """Whether a clock that was ahead has put anything off, or a service has that has answered since."""
        ...

    async def bring_back(self, channel: Channel, now: datetime, answered_at: datetime | None) -> None:
        """What is put off so is due now."""
        ...

    async def store_rendered(self, message_id: int, rendered: bytes) -> None: ...
    async def store_files(self, files: Mapping[str, bytes], now: datetime) -> None:
        """Each by its digest, once, however many messages carry it; those that no message has used for long go."""
        ...

    async def files(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        """Those of them that are there."""
        ...

    async def still_wanted(self, message: OutboxMessage, worker: str) -> bool:
        """False once it was superseded, or its lease is somebody else's, or a later one of this worker."""
        ...

    async def silence_failures(self, payment_id: str) -> None:
        """What has not been told of its declines need not be told any more."""
        ...

    async def waiting_behind(self, message: OutboxMessage, now: datetime, limit: int) -> Mapping[int, str]:
        """The payments of messages of the same kind to the same person that are due too, by message: the oldest."""
        ...

    async def waiting_for_customers(self, now: datetime) -> Sequence[OldMessage]:
        """Receipts, files and notices, the oldest first; not what only edits a message, nor what was put off and
        cannot have left before ``now``.
        """
        ...

    async def is_known(self, dedupe_key: str) -> bool:
        """Whether there is, or was, such a message."""
        ...

    async def set_aside(self, messages: Sequence[OldMessage], reason: str) -> None:
        """Those that still wait need a person."""
        ...

    async def mark_told_along(self, message_ids: Sequence[int], now: datetime) -> None:
        """Another message has told what these were to tell."""
        ...

    async def mark_sent(self, message: OutboxMessage, now: datetime, provider_id: str) -> None:
        """Whoever holds it by now: what has left has left."""
        ...

    async def put_off(self, message: OutboxMessage, worker: str, now: datetime, at: datetime, reason: str) -> None:
        """It was not tried."""
        ...

    async def retry_later(self, message: OutboxMessage, worker: str, now: datetime, at: datetime, error: str) -> None:
        """It was tried in vain, now or since long. Of ``message`` its ``unclear`` is kept too."""
        ...

    async def park(self, message: OutboxMessage, worker: str, error: str) -> None: ...
    async def release(self, worker: str) -> None:
        """Gives back every lease of this worker."""
        ...

    async def release_all(self) -> None:
        """Gives back every lease there is: for a process that knows that nobody sends anything."""
        ...

    async def is_dead(self, payment_id: str, channel: Channel, kind: str) -> bool:
        """Whether the newest message of this kind on ``channel`` was parked, or came back as a mail that died."""
        ...

    async def mail_told_of(self, event: MailEvent) -> Mail | None:
        """The mail that the event is about, held until the transaction ends; None when it is not from the outbox.

        Known by the provider's id; where that was never noted, by the mail's tags and address.
        """
        ...

    async def mails(self, payment_id: str, kind: str) -> Sequence[Mail]:
        """The mails of this kind, the oldest first."""
        ...

    async def of_payment(self, payment_id: str) -> Sequence[MessageNoted]:
        """All that is or was to be said of it, the oldest first."""
        ...

    async def unsent(self, after: int, waiting_since: datetime, limit: int) -> Sequence[Unsent]:
        """What is parked, has failed, or was due by ``waiting_since``: the oldest behind the id ``after``."""
        ...

    async def unsent_one(self, message_id: int) -> Unsent | None:
        """None when it has left or never was."""
        ...

    async def try_now(self, message_id: int, now: datetime) -> bool:
        """Due at once, parked or not, and failing no more; with it, but for chats, all that its service has put off.
        False when it has left, or is leaving just now."""
        ...

    async def try_missed(self, telegram_user_id: int, now: datetime, *, is_admin: bool) -> int:
        """Receipt, purchase and the message with the button that were parked because this customer could not be written
        to are due at once; with ``is_admin`` also what they were to hear of payments, unless it was that something was
        sold or others have seen to it. Returns how many."""
        ...

    async def drop(self, message_id: int) -> bool:
        """It is never sent. False when it has left, or is leaving just now."""
        ...

    async def record_mail_status(self, mail: Mail, provider_id: str, reason: str | None, now: datetime) -> None:
        """Keeps ``mail.mail_status``. A mail of which the provider tells has left: it is not sent once more."""
        ...
