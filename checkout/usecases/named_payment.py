"""A payment by the name that an admin has copied from somewhere."""

from checkout.errors import NotFound
from checkout.payment import Payment
from checkout.ports import Transaction
from checkout.search import readable


async def named_payment(tx: Transaction, name: str) -> Payment:
    """By our id or the PaymentIntent's (``pi_…``), be it one that was replaced. Raises NotFound."""
    payment = await tx.payments.by_any_id(readable(name))
    if payment is None:
        raise NotFound(f"there is no payment {name[:64]}")
    return payment
