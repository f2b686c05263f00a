"""Payments as rows: the order of the columns is that of db/sql/payments.sql."""

from typing import Any

from checkout.model.payment import Payment, Status
from db.engine.connection import Row, to_text, to_text_or_none, to_time, to_time_or_none
from db.repositories.facts_json import dump_facts, load_facts


def read_payment(row: Row) -> Payment:
    return Payment(
        payment_id=row[0],
        pay_token=row[1],
        payment_intent_id=row[2],
        telegram_user_id=row[3],
        email=row[4],
        sku=row[5],
        title=row[6],
        amount=row[7],
        currency=row[8],
        status=Status(row[9]),
        failure_code=row[10],
        failure_message=row[11],
        amount_refunded=row[12],
        livemode=bool(row[13]),
        language=row[14],
        attempt=row[15],
        chat_message_id=row[16],
        receipt_number=row[17],
        failure_told_at=to_time_or_none(row[18]),
        facts=load_facts(row[19]),
        version=row[20],
        created_at=to_time(row[21]),
        expires_at=to_time(row[22]),
        paid_at=to_time_or_none(row[23]),
        updated_at=to_time(row[24]),
        close_intent_at=to_time_or_none(row[25]),
    )


def write_payment(payment: Payment) -> dict[str, Any]:
    """The parameters of the queries ``add`` and ``update``."""
    return {
        **write_changes(payment),
        "pay_token": payment.pay_token,
        "telegram_user_id": payment.telegram_user_id,
        "email": payment.email,
        "sku": payment.sku,
        "title": payment.title,
        "language": payment.language,
        "chat_message_id": payment.chat_message_id,
        "created_at": to_text(payment.created_at),
    }


def write_changes(payment: Payment) -> dict[str, Any]:
    """The parameters of the query ``update``."""
    return {
        "payment_id": payment.payment_id,
        "payment_intent_id": payment.payment_intent_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "livemode": payment.livemode,
        "status": payment.status.value,
        "failure_code": payment.failure_code,
        "failure_message": payment.failure_message,
        "amount_refunded": payment.amount_refunded,
        "attempt": payment.attempt,
        "receipt_number": payment.receipt_number,
        "failure_told_at": to_text_or_none(payment.failure_told_at),
        "ledger": dump_facts(payment.facts),
        "version": payment.version,
        "expires_at": to_text(payment.expires_at),
        "paid_at": to_text_or_none(payment.paid_at),
        "close_intent_at": to_text_or_none(payment.close_intent_at),
        "updated_at": to_text(payment.updated_at),
        "card": payment.facts.card.last4 or None if payment.facts.card else None,
    }
