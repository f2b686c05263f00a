"""Every idempotency and dedupe key is made here, from stable ids. No key is ever parsed back."""

from checkout.model.outbox import OutboxMessage


def idempotency_key(message: OutboxMessage) -> str:
    """The provider's key for this message: the dedupe key is made from stable ids already."""
    return f"checkout/{message.dedupe_key}"


def intent_key(payment_id: str, attempt: int) -> str:
    """One PaymentIntent a payment and attempt, however often it is asked for."""
    return f"intent/{payment_id}/{attempt}"


def refund_key(payment_id: str, request: str) -> str:
    """One refund for each request of an admin: asked for again, it is the same one."""
    return f"refund/{payment_id}/{request}"


def refund_metadata(shop_id: str, payment_id: str, request: str, admin_id: int) -> dict[str, str]:
    """By which the refund's events are known as ours, and whose request it was."""
    return {"shop": shop_id, "payment_id": payment_id, "request": request, "admin_id": str(admin_id)}
