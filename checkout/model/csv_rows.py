"""Payments as CSV that spreadsheets open safely: UTF-8 with BOM, and no cell that begins a formula."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from checkout.model.money import Money

# Excel knows UTF-8 by this alone.
BOM = "\ufeff".encode()
# Where a program cuts the line into cells otherwise than at commas (";" in half of Europe), or knows other ends of a
# line than we do (Unicode has several), a cell begins there too.
ENDS = r"\r\n\v\f\x1c-\x1e\x85\u2028\u2029"
# Programs for East Asian text take the wide and small forms too; before any of them may stand what is not seen.
SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
UNSEEN = r" \u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
FORMULA = re.compile(rf"(^|[;\t{ENDS}])(?=[{UNSEEN}]*[{SIGNS}]|[\t\r\n])")


class Record(NamedTuple):
    """One payment. Amounts in minor units, Stripe's ``fee`` and ``net`` of the currency it settles in, as far as it has
    told them; ``lost`` in disputes, beside what was refunded; times as text, ISO in UTC."""

    payment_id: str
    payment_intent_id: str | None
    created_at: str
    paid_at: str | None
    status: str
    amount: int
    currency: str
    amount_refunded: int
    email: str
    sku: str
    telegram_user_id: int
    title: str
    receipt_number: int | None
    failure_code: str | None
    livemode: bool
    language: str
    updated_at: str
    fulfilment: str
    fee: int | None
    net: int | None
    settled_currency: str | None
    lost: int | None = 0


# What a reader calculates with, beside the minor units.
MAJOR = {"amount_major": "amount", "refunded_major": "amount_refunded", "lost_major": "lost"}
SETTLED_MAJOR = {"fee_major": "fee", "net_major": "net"}
# What people look for comes first; ids and minor units, which programs know by their names, behind it.
FOR_PEOPLE = ("date", "status", "amount_major", "currency", "title", "email", *list(MAJOR)[1:], *SETTLED_MAJOR)
COLUMNS = (*FOR_PEOPLE, *(name for name in Record._fields if name not in FOR_PEOPLE))


def heading() -> bytes:
    """The byte order mark and the columns' names: how the file begins."""
    return BOM + _csv([COLUMNS])


def lines(records: Iterable[Record], timezone: tzinfo = UTC) -> bytes:
    """One line for each record; the ``date`` is in ``timezone``."""
    return _csv(_cells(one, timezone) for one in records)


def guarded(text: str) -> str:
    """``text`` with an apostrophe before whatever a spreadsheet would take for a formula."""
    return FORMULA.sub(r"\1'", text)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode(errors="replace")


def _cells(record: Record, timezone: tzinfo) -> list[object]:
    cells: dict[str, Any] = {
        name: guarded(one) if isinstance(one, str) else one for name, one in record._asdict().items()
    }
    made_at = datetime.fromisoformat(record.created_at).astimezone(timezone)
    cells["date"] = made_at.isoformat(" ", "minutes")[:16]
    cells["livemode"] = "true" if record.livemode else "false"
    for name, minor in MAJOR.items():
        cells[name] = _major(cells[minor], record.currency)
    for name, minor in SETTLED_MAJOR.items():
        cells[name] = _major(cells[minor], record.settled_currency or "")
    return [cells[name] for name in COLUMNS]


def _major(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{Money(minor, currency).major:f}"
