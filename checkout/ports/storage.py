"""What the domain needs of the outside, as Protocols. app/wiring/ chooses what stands behind them."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from checkout.ports.customers import Codes, Conversations, Customers, Updates
from checkout.ports.outbox import Outbox
from checkout.ports.payments import Checkpoints, Events, Invoices, Payments
from checkout.ports.reporting import Activity, AdminSettings, Audit, Statistics
from checkout.ports.retention import Retention
from checkout.ports.shop import ShopState


class Transaction(Protocol):
    @property
    def customers(self) -> Customers: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def events(self) -> Events: ...
    @property
    def checkpoints(self) -> Checkpoints: ...
    @property
    def statistics(self) -> Statistics: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def activity(self) -> Activity: ...
    @property
    def invoices(self) -> Invoices: ...
    @property
    def admin_settings(self) -> AdminSettings: ...
    @property
    def shop(self) -> ShopState: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def updates(self) -> Updates: ...


class Storage(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: committed at the end, rolled back by an exception.

        Raises StaleWrite when another transaction had to go first.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """For reading alone; waits for no writer."""
        ...

    def try_lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        """For what one replica at a time does: True inside for one holder of ``name``, False for others.

        Nobody waits. A holder that dies gives it back.
        """
        ...
