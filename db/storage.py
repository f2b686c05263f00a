"""The unit of work: one transaction with a repository for each thing in it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from db.engine.connection import Connection, Database
from db.engine.database_url import DatabaseUrl
from db.engine.postgres import PostgresDatabase
from db.engine.sqlite import SqliteDatabase
from db.repositories.activity import ActivityRepository
from db.repositories.admin_settings import AdminSettingsRepository
from db.repositories.audit import AuditRepository
from db.repositories.checkpoints import CheckpointRepository
from db.repositories.conversations import ConversationRepository
from db.repositories.customers import CustomerRepository
from db.repositories.invoices import InvoiceRepository
from db.repositories.outbox import OutboxRepository
from db.repositories.payments import PaymentRepository
from db.repositories.provider_events import EventRepository
from db.repositories.retention import RetentionRepository
from db.repositories.shop_state import ShopStateRepository
from db.repositories.statistics import StatisticsRepository
from db.repositories.updates import UpdateRepository
from db.repositories.verification_codes import VerificationCodeRepository


class DatabaseTransaction:
    def __init__(self, connection: Connection) -> None:
        self.customers = CustomerRepository(connection)
        self.codes = VerificationCodeRepository(connection)
        self.payments = PaymentRepository(connection)
        self.outbox = OutboxRepository(connection)
        self.events = EventRepository(connection)
        self.checkpoints = CheckpointRepository(connection)
        self.statistics = StatisticsRepository(connection)
        self.audit = AuditRepository(connection)
        self.activity = ActivityRepository(connection)
        self.invoices = InvoiceRepository(connection)
        self.admin_settings = AdminSettingsRepository(connection)
        self.shop = ShopStateRepository(connection)
        self.conversations = ConversationRepository(connection)
        self.retention = RetentionRepository(connection)
        self.updates = UpdateRepository(connection)


class DatabaseStorage:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DatabaseTransaction]:
        async with self._database.begin() as connection:
            yield DatabaseTransaction(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseTransaction]:
        async with self._database.read() as connection:
            yield DatabaseTransaction(connection)

    def try_lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        return self._database.try_lock(name)


async def open_database(address: DatabaseUrl) -> Database:
    """Raises DatabaseAway when the database cannot be reached, and what the driver raises when it says no."""
    if address.file is not None:
        return await SqliteDatabase.open(address.file)
    return await PostgresDatabase.open(address.url)
