"""When one channel is dead the other makes up for it; when both are, an admin hears."""

from datetime import datetime
from functools import partial

from checkout.model import keys
from checkout.model.customer import mask_email
from checkout.model.mail_status import REFUSED, MailDeath
from checkout.model.message_content import (
    MailUndelivered,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    RefundFailed,
    StoredContent,
    StripeRefund,
    ToldOnBoth,
    Unreachable,
)
from checkout.model.message_kind import Kind, Trouble
from checkout.model.outbox import Channel, Mail, NewMessage, OutboxMessage
from checkout.model.payment import SETTLED, Fulfilment, Payment
from checkout.notifications.compose import Composer, to_admins
from checkout.notifications.self_examination import tell_found
from checkout.ports.storage import Transaction


async def fall_back_for(
    tx: Transaction, message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """The messages that follow from ``message`` being parked."""
    if message.channel is Channel.MAIL:
        return await _for_parked_mail(tx, message, reason, admin_ids, now)
    if isinstance(message.content, StripeRefund):
        return await _for_refused_refund(tx, message.payment_id, message.content, reason, admin_ids, now)
    missed = _missed(message.content)
    if missed is None or not await tx.outbox.is_dead(message.payment_id, Channel.MAIL, missed.kind):
        return []
    return await _alerts(tx, message.payment_id, missed, reason, admin_ids, now)


def unclear_alerts(message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime) -> list[NewMessage]:
    """The chat message was sent several times, and nobody knows whether it arrived: an admin can ask."""
    missed = _missed(message.content)
    if missed is None:
        return []
    content = Unreachable(missed.kind, reason, may_have_arrived=True)
    key = partial(keys.maybe_arrived, message.payment_id, message.message_id)
    return to_admins(admin_ids, message.payment_id, content, key, now)


async def _for_refused_refund(
    tx: Transaction, payment_id: str, refund: StripeRefund, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """Nobody waits for Stripe's answer to what a review has decided: the admins hear that it was refused, unless all
    has gone back meanwhile, be it by a dispute."""
    payment = await tx.payments.get(payment_id)
    if payment is None or not payment.may_refund_again:
        return []
    key = partial(keys.refund_failed, payment_id, keys.review_request(refund.intent_id, refund.again))
    failed = RefundFailed(payment.facts.received[refund.intent_id].amount, reason)
    return to_admins(admin_ids, payment_id, failed, key, now)


async def fall_back_for_mail(
    tx: Transaction, mail: Mail, death: MailDeath, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """The messages that follow from the death of ``mail``; none if it went out anew since, or is true no more."""
    lost = mail.content
    if not isinstance(lost, ToldOnBoth) or not await tx.outbox.is_dead(mail.payment_id, Channel.MAIL, lost.kind):
        return []
    payment = await tx.payments.get(mail.payment_id)
    if payment is None or (isinstance(lost, PaymentFailed) and _goes_on(payment, now)):
        return []
    alerts = partial(_alerts, tx, mail.payment_id, lost, death.noted, admin_ids, now)
    if await tx.outbox.is_dead(mail.payment_id, Channel.CHAT, lost.kind):
        return await alerts()
    in_chat = NewMessage(
        dedupe_key=keys.mail_undelivered(mail.payment_id, lost),
        channel=Channel.CHAT,
        content=MailUndelivered(lost, mask_email(mail.recipient), death),
        recipient=str(payment.telegram_user_id),
        payment_id=mail.payment_id,
        not_before=now,
    )
    files_are_lost = isinstance(lost, PaymentPaid) and await tx.outbox.is_dead(
        mail.payment_id, Channel.CHAT, Kind.PAYMENT_FILE
    )
    return [in_chat, *await alerts()] if files_are_lost else [in_chat]


def _goes_on(payment: Payment, now: datetime) -> bool:
    """Whether a decline is not the end any more: money has come, or may come."""
    return payment.status in SETTLED or payment.is_under_way_at(now)


async def _for_parked_mail(
    tx: Transaction, message: OutboxMessage, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    for mail in await tx.outbox.mails(message.payment_id, message.kind):
        if mail.message_id == message.message_id:
            death = MailDeath(REFUSED, reason=reason)
            if death.keeps_others:
                await tell_found(tx, Trouble.MAILS, admin_ids, now)
            return await fall_back_for_mail(tx, mail, death, admin_ids, now)
    return []


def _missed(content: StoredContent) -> ToldOnBoth | None:
    """What the customer misses without this chat message."""
    match content:
        case MailUndelivered():
            return content.lost
        case PaymentFile():
            return content.receipt
        case PaymentPaid() | PaymentFailed() | PaymentRefunded():
            return content
    return None


async def _alerts(
    tx: Transaction, payment_id: str, missed: ToldOnBoth, reason: str, admin_ids: tuple[int, ...], now: datetime
) -> list[NewMessage]:
    """What neither channel has brought was not delivered either: a person has to."""
    payment = await tx.payments.get(payment_id) if isinstance(missed, PaymentPaid) else None
    key = partial(keys.unreachable, payment_id, missed)
    alerts = to_admins(admin_ids, payment_id, Unreachable(missed.kind, reason), key, now)
    if payment and payment.fulfilment is Fulfilment.DELIVERED:
        await tx.payments.move_fulfilment(payment, Fulfilment.TO_DO, now)
        told = [int(one.recipient) for one in alerts if await tx.outbox.is_known(one.dedupe_key)]
        # Theirs says that it has been sent meanwhile.
        alerts += Composer(tuple(told), now).to_do_turned(payment, is_lost=True)
    return alerts
