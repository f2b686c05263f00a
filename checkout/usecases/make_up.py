"""When one channel is dead the other makes up for it; when both are, an admin hears."""

from datetime import datetime

from checkout.outbox import Channel, Kind, NewMessage, OutboxMessage
from checkout.ports import Transaction

TOLD_ON_BOTH = frozenset({Kind.PAYMENT_PAID, Kind.PAYMENT_REFUNDED, Kind.PAYMENT_FAILED})


async def making_up_for(
    tx: Transaction, message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """The messages that follow from ``message`` being parked."""
    if message.kind not in TOLD_ON_BOTH:
        return []
    if message.channel is Channel.MAIL and message.kind is Kind.PAYMENT_FAILED:
        return await _failure_in_chat(tx, message, now)
    other = Channel.CHAT if message.channel is Channel.MAIL else Channel.MAIL
    if await tx.outbox.is_dead(message.payment_id, other, message.kind):
        return _alert(message, reason, admin_ids, now)
    return []


async def _failure_in_chat(tx: Transaction, message: OutboxMessage, now: datetime) -> list[NewMessage]:
    """A failure is mailed and only shown in the chat; without the mail the chat must say it aloud."""
    payment = await tx.payments.get(message.payment_id)
    if payment is None:
        return []
    return [
        NewMessage(
            dedupe_key=message.dedupe_key.replace("mail/", "chat/", 1),
            channel=Channel.CHAT,
            kind=message.kind,
            recipient=str(payment.telegram_user_id),
            payment_id=message.payment_id,
            not_before=now,
            details=message.details,
        )
    ]


def _alert(message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime) -> list[NewMessage]:
    return [
        NewMessage(
            dedupe_key=f"chat/{Kind.ADMIN_UNREACHABLE}/{message.payment_id}/{message.kind}/{admin_id}",
            channel=Channel.CHAT,
            kind=Kind.ADMIN_UNREACHABLE,
            recipient=str(admin_id),
            payment_id=message.payment_id,
            not_before=now,
            details={"reason": reason, "kind": message.kind},
        )
        for admin_id in admin_ids
    ]
