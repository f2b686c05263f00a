"""Payments as rows: a column has the name of its field and is kept as the field's type wants it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, get_type_hints

from checkout.model.csv_rows import Record
from checkout.model.facts import PaymentFacts
from checkout.model.money import Money
from checkout.model.payment import Fulfilment, Payment, Status
from db.engine.connection import Row, to_text, to_text_or_none, to_time, to_time_or_none
from db.repositories.facts_json import dump_facts, load_facts

log = logging.getLogger(__name__)

# The fields of these types; others are kept as they are.
WRITTEN: dict[Any, Callable[[Any], Any]] = {
    datetime: to_text,
    datetime | None: to_text_or_none,
    Status: str,
    Fulfilment: str,
    PaymentFacts: dump_facts,
}
READ: dict[Any, Callable[[Any], Any]] = {
    datetime: to_time,
    datetime | None: to_time_or_none,
    # Not by their call, which looks at what a class of words might do besides.
    Status: {str(one): one for one in Status}.__getitem__,
    Fulfilment: {str(one): one for one in Fulfilment}.__getitem__,
    PaymentFacts: load_facts,
    bool: bool,
}
# Columns that do not have their field's name.
RENAMED = {"facts": "ledger"}
# What is only searched by and exported.
DERIVED = ("card_last4", "fee", "net", "settled_currency")

_fields = [field.name for field in fields(Payment)]
_columns = [RENAMED.get(name, name) for name in _fields]
_written_columns = (*_columns, *DERIVED)
_types = [get_type_hints(Payment)[name] for name in _fields]
_writers = [(place, WRITTEN[type_]) for place, type_ in enumerate(_types) if type_ in WRITTEN]
_readers = [(place, READ[type_]) for place, type_ in enumerate(_types) if type_ in READ]
_values_of = attrgetter(*_fields)


# Of which the log has been told; what is odd stays so until somebody mends it.
_told = set[str]()


def read_payments(rows: Sequence[Row]) -> list[Payment]:
    """All ``rows`` are of one query. Raises whatever it may where one of them cannot be read."""
    return [_payment(cells) for cells in _cells(rows)]


def read_readable(rows: Sequence[Row]) -> list[Payment]:
    """As ``read_payments``, but one that cannot be read (by a later release, or by hand) costs only itself."""
    found = []
    for cells in _cells(rows):
        payment_id = cells[0]
        try:
            found.append(_payment(cells))
        except Exception as error:  # noqa: BLE001 -- nothing but the row's own words is looked at here
            _tell(payment_id, error)
    return found


def _tell(payment_id: str, error: Exception) -> None:
    if payment_id not in _told:
        _told.add(payment_id)
        about = {"payment_id": payment_id}
        log.warning("the payment cannot be read, and is left out: %s", type(error).__name__, extra=about)


def _cells(rows: Sequence[Row]) -> list[list[Any]]:
    if not rows:
        return []
    # By their places, looked for once: SQLite's rows look for a name among all of their names each time.
    given = list(rows[0].keys())
    cells_of = itemgetter(*map(given.index, _columns))
    return [list(cells_of(tuple(row))) for row in rows]


def _payment(cells: list[Any]) -> Payment:
    for place, read in _readers:
        cells[place] = read(cells[place])
    return Payment(*cells)


def read_record(row: Row) -> Record:
    """A file says of money what receipts and statistics say: what was taken, where something else was agreed, and what
    disputes have taken back."""
    cells = dict(row)
    ledger = cells.pop("odd_ledger")
    record = Record(**cells)
    if ledger is None:
        return record
    try:
        facts = load_facts(ledger)
        taken = facts.taken(Money(record.amount, record.currency))
        lost = facts.lost(taken)
    except Exception as error:  # noqa: BLE001 -- as above: what stands in columns of its own is said all the same
        _tell(record.payment_id, error)
        return record._replace(lost=None)
    return record._replace(amount=taken.amount, currency=taken.currency, lost=lost)


def write_payment(payment: Payment) -> dict[str, Any]:
    """The parameters of the queries ``add`` and ``update``."""
    cells = list(_values_of(payment))
    for place, write in _writers:
        cells[place] = write(cells[place])
    return dict(zip(_written_columns, (*cells, *_derived(payment.facts)), strict=True))


def _derived(facts: PaymentFacts) -> tuple[str | int | None, ...]:
    """DERIVED of a payment. Of several currencies that Stripe settles in, the first counts."""
    card, settlements = facts.card, facts.settlements
    last4 = card.last4 or None if card else None
    if not settlements:
        return last4, None, None, None
    return last4, settlements[0].fee, settlements[0].net, settlements[0].currency
