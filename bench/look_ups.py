"""What admins look up, in a table of a thousand payments and in one of a million: index seeks do not feel it."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import line
from bench.rows import filled
from checkout.search import By, Place, Search
from checkout.usecases.look_up_payments import LookUpPayments
from checkout.usecases.tell_the_story import TellTheStory
from db.address import DatabaseAddress, parse_address
from db.connection import Database
from db.storage import DatabaseStorage
from tests.databases import embedded_postgres, fresh_postgres_database

FEW, MANY = 1_000, 1_000_000
ROUNDS = 60
LookUp = Callable[[DatabaseStorage], Awaitable[object]]


def look_ups() -> Mapping[str, LookUp]:
    """Each as the commands in the chat ask for it."""
    middle = Place("pay_", datetime.now(UTC) - timedelta(days=500), "", 0, "", "", "")
    last = datetime.now(UTC).date()
    first = last - timedelta(days=29)

    async def newest(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.payments.page(Search(By.ALL))

    async def deep(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.payments.page(Search(By.ALL), middle)

    async def with_status(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.payments.page(Search(By.STATUS, "failed"), middle)

    async def by_email(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.payments.page(Search(By.EMAIL, "customer77@example.com"))

    async def by_beginning(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.payments.page(Search(By.EMAIL, "customer7"))

    async def by_card(storage: DatabaseStorage) -> object:
        return await LookUpPayments(storage).first_page(Search(By.CARD, "4242"))

    async def by_customer(storage: DatabaseStorage) -> object:
        return await LookUpPayments(storage).first_page(Search(By.CUSTOMER, "1500"))

    async def story(storage: DatabaseStorage) -> object:
        return await TellTheStory(storage).of("pi_500")

    async def month(storage: DatabaseStorage) -> object:
        async with storage.read() as tx:
            return await tx.figures.totals(first.isoformat(), last.isoformat())

    return {
        "newest page": newest,
        "page in the middle": deep,
        "page of failed ones in the middle": with_status,
        "by e-mail": by_email,
        "by the beginning of an e-mail": by_beginning,
        "by a card's last digits": by_card,
        "by customer": by_customer,
        "a payment and what happened to it": story,
        "thirty days' totals": month,
    }


async def measured(storages: tuple[DatabaseStorage, DatabaseStorage]) -> dict[str, tuple[float, float]]:
    """Median seconds in the small and in the big table, taken in turns."""
    found = {}
    for name, look in look_ups().items():
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for storage, times in zip(storages, taken, strict=True):
                began = time.perf_counter()
                await look(storage)
                times.append(time.perf_counter() - began)
        found[name] = (statistics.median(taken[0]), statistics.median(taken[1]))
    return found


async def compare(what: str, small: DatabaseAddress, big: DatabaseAddress) -> None:
    print(f"Look-ups on {what}: a million payments against a thousand")
    databases: tuple[Database, Database] = (await filled(small, FEW), await filled(big, MANY))
    try:
        times = await measured((DatabaseStorage(databases[0]), DatabaseStorage(databases[1])))
    finally:
        for database in databases:
            await database.close()
    for name, (few, many) in times.items():
        line(name, f"{many / few:.2f}", f"at most 3   ({few * 1000:.2f} ms and {many * 1000:.2f} ms)")


async def million() -> None:
    """On SQLite and PostgreSQL."""
    with TemporaryDirectory() as folder:
        small, big = (parse_address(f"sqlite:///{Path(folder) / name}.db") for name in ("small", "big"))
        await compare("SQLite", small, big)
    with embedded_postgres(durable=True) as url:
        addresses = [parse_address(await fresh_postgres_database(url, name)) for name in ("small", "big")]
        await compare("PostgreSQL", *addresses)
