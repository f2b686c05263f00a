"""A payment that Stripe knows and the database has lost."""

from datetime import datetime

from checkout.model.events import IntentReport, ProviderEvent
from checkout.model.payment import Payment
from checkout.payments.rules import Rules


def taken_in(report: IntentReport, event: ProviderEvent, rules: Rules, now: datetime) -> Payment:
    """Everything needed stands in the PaymentIntent's metadata."""
    metadata = report.metadata
    payment_id = metadata.payment_id or report.intent_id
    return Payment(
        payment_id=payment_id,
        pay_token=rules.pay_token(payment_id),
        telegram_user_id=metadata.telegram_user_id,
        email=metadata.email,
        sku=metadata.sku,
        title=report.description or metadata.sku,
        amount=report.amount,
        currency=report.currency,
        livemode=event.livemode,
        language="",
        created_at=min(event.created, now),
        expires_at=max(event.created, now) + rules.pay_link_lifetime,
        updated_at=now,
        payment_intent_id=report.intent_id,
    )
