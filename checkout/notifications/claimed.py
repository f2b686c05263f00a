"""What a claimed message needs of the database, read for all that are claimed together."""

from collections.abc import Sequence
from dataclasses import replace

from checkout.model.message_content import (
    PaymentFile,
    Review,
    StoredContent,
    ToDo,
    Unreachable,
    is_for_admins,
)
from checkout.model.outbox import Channel, OutboxMessage, asks_for_handover, edited_by
from checkout.model.payment import Payment
from checkout.ports.storage import Transaction


async def with_payments(tx: Transaction, messages: Sequence[OutboxMessage]) -> list[OutboxMessage]:
    """Each with its payment and its reader's language as they are now; as it was where there is no such payment."""
    payments = await _payments_of(tx, messages)
    told = [(message, payments[message.payment_id]) for message in messages if message.payment_id in payments]
    readers = {_reader(message, payment) for message, payment in told}
    languages = await tx.customers.languages(sorted(readers)) if readers else {}
    known = {
        message.message_id: replace(
            message,
            payment=payment,
            content=await _with_alert(tx, message),
            language=languages.get(_reader(message, payment)) or _unknown_reader(message, payment),
            mail_is_dead=isinstance(message.content, PaymentFile)
            and await tx.outbox.is_dead(message.payment_id, Channel.MAIL, message.content.receipt.kind),
        )
        for message, payment in told
    }
    return [known.get(message.message_id, message) for message in messages]


async def _with_alert(tx: Transaction, message: OutboxMessage) -> StoredContent:
    """Where what an alert asked for has turned, the last one that asked this admin for it."""
    turned = message.content
    if not isinstance(turned, Review | ToDo | Unreachable) or turned.edits != 0:
        return turned
    told = [one for one in await tx.outbox.of_payment(message.payment_id) if one.recipient == message.recipient]
    asked = [one for one in told if one.provider_id and edited_by(one.content) is None and _asks(one.content, turned)]
    if not asked:
        return turned
    last = max(asked, key=lambda one: int(one.provider_id))
    again = last.content if isinstance(last.content, Unreachable) else turned
    return replace(again, edits=int(last.provider_id))


def _asks(content: StoredContent, turned: Review | ToDo | Unreachable) -> bool:
    if isinstance(turned, Review):
        return content == replace(turned, edits=None)
    return asks_for_handover(content) and isinstance(content, Unreachable) == isinstance(turned, Unreachable)


async def _payments_of(tx: Transaction, messages: Sequence[OutboxMessage]) -> dict[str, Payment]:
    payment_ids = sorted({message.payment_id for message in messages if message.payment_id})
    found = await tx.payments.by_ids(payment_ids) if payment_ids else ()
    return {payment.payment_id: payment for payment in found}


def _reader(message: OutboxMessage, payment: Payment) -> int:
    return int(message.recipient) if is_for_admins(message.content) else payment.telegram_user_id


def _unknown_reader(message: OutboxMessage, payment: Payment) -> str:
    """An admin who has never spoken to the bot reads English, whatever the buyer speaks."""
    return "en" if is_for_admins(message.content) else payment.language or "en"
