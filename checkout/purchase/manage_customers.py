"""The people in the chat: who they are, which language they read, what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checkout.language import ENGLISH, spoken
from checkout.model.customer import Customer
from checkout.model.payment import Payment
from checkout.model.text import one_line
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class CustomerData:
    """Everything kept of one customer."""

    customer: Customer
    payments: Sequence[Payment]


class ManageCustomers:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def meet(self, telegram_user_id: int, language_code: str | None, name: str, username: str) -> Customer:
        """The customer as Telegram shows them now; a chosen language stays chosen."""
        shown = Customer(telegram_user_id, spoken(language_code), one_line(name), one_line(username))
        async with self._storage.read() as tx:
            known = await tx.customers.get(telegram_user_id)
        if known == _brought_up_to_date(known, shown):
            return known
        async with self._storage.begin() as tx:
            fresh = _brought_up_to_date(await tx.customers.get_for_update(telegram_user_id), shown)
            await tx.customers.save(fresh, self._clock.now())
        return fresh

    async def choose_language(self, telegram_user_id: int, language: str) -> Customer:
        async with self._storage.begin() as tx:
            known = await tx.customers.get_for_update(telegram_user_id) or Customer(telegram_user_id, ENGLISH)
            changed = replace(known, language=language, language_chosen=True)
            await tx.customers.save(changed, self._clock.now())
        return changed

    async def data_of(self, telegram_user_id: int) -> CustomerData:
        async with self._storage.read() as tx:
            customer = await tx.customers.get(telegram_user_id) or Customer(telegram_user_id, ENGLISH)
            return CustomerData(customer, await tx.payments.of_customer(telegram_user_id, 1000))

    async def forget(self, telegram_user_id: int) -> None:
        """Erases name, language, verification and conversation. Payments stay, with their address."""
        async with self._storage.begin() as tx:
            await tx.codes.delete(telegram_user_id)
            await tx.conversations.delete_of(telegram_user_id)
            await tx.activity.erase(telegram_user_id)
            await tx.customers.delete(telegram_user_id)


def _brought_up_to_date(known: Customer | None, shown: Customer) -> Customer:
    """What is known of a customer, with what Telegram shows now."""
    if known is None:
        return shown
    language = known.language if known.language_chosen else shown.language
    return replace(known, language=language, name=shown.name, username=shown.username)
