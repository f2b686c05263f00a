"""What admins look up, in a table of a thousand payments and in one of a million: index seeks do not feel it."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app.runtime.clock import SystemClock
from bench.report import line
from bench.rows import filled
from checkout.model.search import By, Cursor, Search
from checkout.reporting.audit_trail import AuditTrail
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.reporting.payment_timeline import PaymentTimeline
from checkout.reporting.statistics import ReadStatistics
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.storage import DatabaseStorage
from tests.support.databases import embedded_postgres, fresh_postgres_database

FEW, MANY = 1_000, 1_000_000
ROUNDS = 60
LookUp = Callable[[DatabaseStorage], Awaitable[object]]


async def page(storage: DatabaseStorage, search: Search, beside: Cursor | None = None) -> object:
    async with storage.read() as tx:
        return await tx.payments.page(search, beside)


async def totals(storage: DatabaseStorage, days: int) -> object:
    last = datetime.now(UTC).date()
    first = last - timedelta(days=days - 1)
    async with storage.read() as tx:
        return await tx.statistics.totals(first.isoformat(), last.isoformat())


async def unsent(storage: DatabaseStorage) -> object:
    async with storage.read() as tx:
        return await tx.outbox.unsent(0, datetime.now(UTC), 11)


def look_ups() -> Mapping[str, LookUp]:
    """Each as the commands in the chat ask for it."""
    middle, clock = Cursor("pay_", datetime.now(UTC) - timedelta(days=500), "", 0, "", "", ""), SystemClock()
    return {
        "newest page": lambda storage: page(storage, Search(By.ALL)),
        "page in the middle": lambda storage: page(storage, Search(By.ALL), middle),
        "page of failed ones in the middle": lambda storage: page(storage, Search(By.STATUS, "failed"), middle),
        "by e-mail": lambda storage: page(storage, Search(By.EMAIL, "customer77@example.com")),
        "by the beginning of an e-mail": lambda storage: page(storage, Search(By.EMAIL, "customer7")),
        "by a card's last digits": lambda storage: LookUpPayments(storage).first_page(Search(By.CARD, "4242")),
        "by customer": lambda storage: LookUpPayments(storage).first_page(Search(By.CUSTOMER, "1500")),
        "a payment and what happened to it": lambda storage: PaymentTimeline(storage).of("pi_500"),
        "thirty days' totals": lambda storage: totals(storage, 30),
        "/stats 30": lambda storage: ReadStatistics(storage, clock, UTC, livemode=False).read(30),
        "/stats 90": lambda storage: ReadStatistics(storage, clock, UTC, livemode=False).read(90),
        "/outbox": unsent,
        "/audit": lambda storage: AuditTrail(storage, clock).newest(None, 10),
    }


async def measured(storages: tuple[DatabaseStorage, DatabaseStorage]) -> dict[str, tuple[float, float]]:
    """Median seconds in the small and in the big table, taken by rounds."""
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


async def compare(what: str, small: DatabaseUrl, big: DatabaseUrl) -> None:
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
        small, big = (parse_database_url(f"sqlite:///{Path(folder) / name}.db") for name in ("small", "big"))
        await compare("SQLite", small, big)
    with embedded_postgres(durable=True) as url:
        urls = [parse_database_url(await fresh_postgres_database(url, name)) for name in ("small", "big")]
        await compare("PostgreSQL", *urls)
