"""All that is kept of a customer, as a file of theirs: JSON, for people and programs."""

import json
from datetime import datetime

from checkout.model.outgoing import Attachment, OutgoingChat
from checkout.model.payment import Payment
from checkout.purchase.manage_customers import CustomerData
from messages.language.payment_method import describe_method
from messages.language.translator import Translator


def my_data(translator: Translator, data: CustomerData, unconfirmed: str, now: datetime) -> OutgoingChat:
    """``unconfirmed`` is the address that was typed last, while it is not proven."""
    who = data.customer
    kept = {
        "telegram_user_id": who.telegram_user_id,
        "name": who.name,
        "username": who.username,
        "language": who.language,
        "email": who.email,
        "email_confirmed_at": _moment(who.email_verified_at),
        "email_not_confirmed": unconfirmed or None,
        "payments": [_payment(one, now) for one in data.payments],
    }
    content = json.dumps(kept, ensure_ascii=False, indent=2).encode()
    said = translator.t_html(
        "All that is kept about you is in this file. /forget erases it; the payments stay, for the books."
    )
    return OutgoingChat(said, document=Attachment("my-data.json", content, "application/json"))


def _payment(payment: Payment, now: datetime) -> dict[str, str | int | None]:
    return {
        "payment_id": payment.payment_id,
        "payment_intent_id": payment.payment_intent_id,
        "product": payment.title,
        "amount": f"{payment.taken.major}",
        "refunded": f"{payment.given_back.major}",
        "currency": payment.taken.currency.upper(),
        "status": payment.status_at(now),
        "paid_with": describe_method(payment.facts.card) or None,
        "email": payment.email,
        "receipt_number": payment.receipt_number,
        "created_at": _moment(payment.created_at),
        "paid_at": _moment(payment.paid_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
