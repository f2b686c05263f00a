"""What the log and the admins read of a message and of what went wrong with it: no address in full."""

from checkout.errors import ServiceError
from checkout.model.customer import mask_addresses
from checkout.model.outbox import OutboxMessage


def about(message: OutboxMessage) -> dict[str, str]:
    return {"payment_id": message.payment_id}


def named(error: Exception) -> str:
    return f"{type(error).__name__}: {reason_of(error)}"


def reason_of(error: Exception) -> str:
    text = mask_addresses(str(error))[:300]
    return f"{text} ({error.code})" if isinstance(error, ServiceError) and error.code else text
