"""Payments looked up: customers see theirs, admins any, page by page at any depth."""

from collections.abc import Sequence

from checkout.errors import NotFound
from checkout.model.payment import Payment
from checkout.model.search import By, Cursor, Page, PageRequest, Person, Search, payment_named, receipt_number_in
from checkout.ports.storage import Storage, Transaction

ON_A_PAGE = 10


class LookUpPayments:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def orders(self, telegram_user_id: int, limit: int = 10) -> Sequence[Payment]:
        """The customer's newest payments."""
        async with self._storage.read() as tx:
            return await tx.payments.of_customer(telegram_user_id, limit)

    async def get(self, payment_id: str) -> Payment | None:
        async with self._storage.read() as tx:
            return await tx.payments.get(payment_id)

    async def by_username(self, username: str) -> Sequence[Person]:
        """Whoever has this name in Telegram, the one seen last first."""
        async with self._storage.read() as tx:
            return await tx.customers.by_username(username)

    async def first_page(self, search: Search, person: Person | None = None) -> Page:
        """``person`` where it is known already whose payments they are."""
        async with self._storage.read() as tx:
            if search.by is By.CUSTOMER and person is None:
                person = await _person(tx, int(search.value))
            found = await tx.payments.page(search, limit=ON_A_PAGE + 1)
        return Page(search, found[:ON_A_PAGE], has_newer=False, has_older=len(found) > ON_A_PAGE, person=person)

    async def next_page(self, wanted: PageRequest) -> Page | None:
        """The page after the payment, or the one right before it; None when there is no such payment any more."""
        async with self._storage.read() as tx:
            cursor = await tx.payments.cursor(wanted.payment_id)
            if cursor is None:
                return None
            search = _search_of(cursor, wanted)
            found = await tx.payments.page(search, cursor, newer=wanted.newer, limit=ON_A_PAGE + 1)
        has_more = len(found) > ON_A_PAGE
        shown = found[-ON_A_PAGE:] if wanted.newer else found[:ON_A_PAGE]
        person = Person(cursor.telegram_user_id, cursor.name, cursor.username) if wanted.by is By.CUSTOMER else None
        return Page(
            search, shown, has_newer=has_more or not wanted.newer, has_older=has_more or wanted.newer, person=person
        )


async def _person(tx: Transaction, telegram_user_id: int) -> Person:
    known = await tx.customers.get(telegram_user_id)
    return Person(telegram_user_id, known.name if known else "", known.username if known else "")


def _search_of(cursor: Cursor, wanted: PageRequest) -> Search:
    """What the list is of follows from the payment. Raises ValueError for a hint that such a list does not have."""
    match wanted.by:
        case By.CUSTOMER:
            return Search(wanted.by, str(cursor.telegram_user_id))
        case By.CARD:
            return Search(wanted.by, cursor.card_last4)
        case By.EMAIL:
            return Search(wanted.by, cursor.email[: int(wanted.hint)])
        case _:
            return Search(wanted.by, wanted.hint)


async def named_payment(tx: Transaction, name: str) -> Payment:
    """By our id, the PaymentIntent's (``pi_…``), a replaced one's too, or its receipt's number. Raises NotFound."""
    typed = payment_named(name)
    number = receipt_number_in(typed)
    payment = await (tx.payments.by_any_id(typed) if number is None else tx.payments.by_receipt_number(number))
    if payment is None:
        raise NotFound(f"there is no payment {name[:64]}")
    return payment
