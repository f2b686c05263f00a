"""When one channel is dead the other makes up for it; when both are, an admin hears."""

from datetime import datetime

from checkout.model import keys
from checkout.model.customer import mask_email
from checkout.model.outbox import Channel, Kind, Mail, NewMessage, OutboxMessage
from checkout.model.payment import SETTLED
from checkout.ports.storage import Transaction

TOLD_ON_BOTH = frozenset({Kind.PAYMENT_PAID, Kind.PAYMENT_REFUNDED, Kind.PAYMENT_FAILED})
REFUSED = "refused"  # beside the provider's fates: it did not even take the mail


async def fall_back_for(
    tx: Transaction, message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """The messages that follow from ``message`` being parked."""
    if message.channel is Channel.MAIL:
        return await _for_parked_mail(tx, message, reason, admin_ids, now)
    kind = _kind_told(message)
    if kind not in TOLD_ON_BOTH or not await tx.outbox.is_dead(message.payment_id, Channel.MAIL, kind):
        return []
    return _alerts(message.payment_id, kind, message.details.get("again", ""), reason, admin_ids, now)


async def fall_back_for_mail(
    tx: Transaction, mail: Mail, why: dict[str, str], admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """The messages that follow from the death of ``mail``; none if it went out anew since, or is true no more.

    ``why`` has ``fate``, the provider's ``cause`` and the ``reason`` in words.
    """
    if mail.kind not in TOLD_ON_BOTH or not await tx.outbox.is_dead(mail.payment_id, Channel.MAIL, mail.kind):
        return []
    payment = await tx.payments.get(mail.payment_id)
    if payment is None or (mail.kind is Kind.PAYMENT_FAILED and payment.status in SETTLED):
        return []
    again = _again(mail)
    if await tx.outbox.is_dead(mail.payment_id, Channel.CHAT, mail.kind):
        return _alerts(mail.payment_id, mail.kind, again, why["reason"], admin_ids, now)
    in_chat = _in_chat(mail, why | {"again": again}, payment.telegram_user_id, now)
    if mail.kind is Kind.PAYMENT_PAID and await tx.outbox.is_dead(mail.payment_id, Channel.CHAT, Kind.PAYMENT_FILE):
        return [in_chat, *_alerts(mail.payment_id, mail.kind, again, why["reason"], admin_ids, now)]
    return [in_chat]


async def _for_parked_mail(
    tx: Transaction, message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    mails = await tx.outbox.mails(message.payment_id, message.kind)
    why = {"fate": REFUSED, "cause": "", "reason": reason}
    for mail in mails:
        if mail.message_id == message.message_id:
            return await fall_back_for_mail(tx, mail, why, admin_ids, now)
    return []


def _kind_told(message: OutboxMessage) -> str:
    """What the customer misses without this chat message."""
    if message.kind is Kind.MAIL_UNDELIVERED:
        return message.details.get("kind", "")
    return Kind.PAYMENT_PAID if message.kind is Kind.PAYMENT_FILE else message.kind


def _again(mail: Mail) -> str:
    """``again-2`` of a receipt that was sent once more: its death is news of its own."""
    tail = mail.dedupe_key.rpartition("/")[2]
    return tail if tail.startswith("again-") else ""


def _in_chat(mail: Mail, why: dict[str, str], telegram_user_id: int, now: datetime) -> NewMessage:
    tail = mail.dedupe_key.removeprefix(f"mail/{mail.kind}/{mail.payment_id}/")
    return NewMessage(
        dedupe_key=keys.mail_undelivered(mail.payment_id, mail.kind, tail),
        channel=Channel.CHAT,
        kind=Kind.MAIL_UNDELIVERED,
        recipient=str(telegram_user_id),
        payment_id=mail.payment_id,
        not_before=now,
        details={**mail.details, **why, "kind": mail.kind.value, "address": mask_email(mail.recipient)},
    )


def _alerts(
    payment_id: str, kind: str, again: str, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    return [
        NewMessage(
            dedupe_key=keys.unreachable(payment_id, kind, again, admin_id),
            channel=Channel.CHAT,
            kind=Kind.ADMIN_UNREACHABLE,
            recipient=str(admin_id),
            payment_id=payment_id,
            not_before=now,
            details={"reason": reason, "kind": kind},
        )
        for admin_id in admin_ids
    ]
