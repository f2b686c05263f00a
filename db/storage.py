"""The unit of work: one transaction with a repository for each thing in it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from db.engine.connection import Connection, Database
from db.engine.database_url import DatabaseAddress
from db.engine.postgres import PostgresDatabase
from db.engine.sqlite import SqliteDatabase
from db.repositories.activity import JournalRows
from db.repositories.admin_settings import AdminSettingRows
from db.repositories.audit import AuditRows
from db.repositories.checkpoints import MarkRows
from db.repositories.conversations import ConversationRows, UpdateRows
from db.repositories.customers import CustomerRows
from db.repositories.invoices import InvoiceRows
from db.repositories.outbox import OutboxRows
from db.repositories.payments import PaymentRows
from db.repositories.provider_events import EventRows
from db.repositories.statistics import FigureRows
from db.repositories.verification_codes import CodeRows


class DatabaseTransaction:
    def __init__(self, connection: Connection) -> None:
        self.customers = CustomerRows(connection)
        self.codes = CodeRows(connection)
        self.payments = PaymentRows(connection)
        self.outbox = OutboxRows(connection)
        self.events = EventRows(connection)
        self.marks = MarkRows(connection)
        self.figures = FigureRows(connection)
        self.audit = AuditRows(connection)
        self.journal = JournalRows(connection)
        self.invoices = InvoiceRows(connection)
        self.admin_settings = AdminSettingRows(connection)
        self.conversations = ConversationRows(connection)
        self.updates = UpdateRows(connection)


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

    def alone(self, name: str) -> AbstractAsyncContextManager[bool]:
        return self._database.alone(name)


async def open_database(address: DatabaseAddress) -> Database:
    """Raises what the driver raises when the database cannot be reached."""
    if address.file is not None:
        return await SqliteDatabase.open(address.file)
    return await PostgresDatabase.open(address.url)
