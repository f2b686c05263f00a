"""Payments as a file: page by page on both databases."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.csv_rows import COLUMNS
from checkout.model.facts import RefundFact
from checkout.model.intent_facts import DisputeFact
from checkout.model.payment import Status
from checkout.reporting.export_payments import PAGE, ExportPayments, Progress, TooLarge, Wanted
from db.storage import DatabaseStorage, DatabaseTransaction
from tests.support.clock import NOON
from tests.support.payments import a_paid_payment, delivered_for, keep, one_of_many, under_review
from tests.support.statistics_data import EVERYTHING, nobody, paid_after, rows


async def exported(storage: DatabaseStorage, wanted: Wanted = EVERYTHING) -> list[dict[str, str]]:
    file = io.BytesIO()
    await ExportPayments(storage).write(wanted, file, nobody)
    return rows(file.getvalue())


async def test_every_payment_is_there_once_the_oldest_first(storage: DatabaseStorage) -> None:
    # More than two pages made in the same moment: only the id tells them apart.
    same = [one_of_many(number, at=NOON) for number in range(2 * PAGE + 7)]
    older = [one_of_many(9000 + number, at=NOON - timedelta(days=number + 1)) for number in range(3)]
    await keep(storage, *reversed(same), *older)

    found = await exported(storage)

    assert [row["payment_id"] for row in found] == [
        *(one.payment_id for one in reversed(older)),
        *(one.payment_id for one in same),
    ]


async def test_a_row_says_what_the_database_says(storage: DatabaseStorage) -> None:
    await keep(
        storage,
        paid_after(1, NOON, 90, receipt_number=12, amount_refunded=400, livemode=True, title='Tom & "Ann", книга'),
        one_of_many(2, at=NOON + timedelta(seconds=1), sku="poster", payment_intent_id=None, failure_code="expired"),
    )

    paid, unpaid = await exported(storage)

    assert tuple(paid) == COLUMNS
    assert (paid["created_at"], paid["paid_at"]) == ("2026-11-22T12:00:00.000000Z", "2026-11-22T12:01:30.000000Z")
    assert (paid["title"], paid["livemode"], paid["receipt_number"]) == ('Tom & "Ann", книга', "true", "12")
    assert (paid["amount_major"], paid["refunded_major"]) == ("19.00", "4.00")
    assert (unpaid["amount_major"], unpaid["paid_at"], unpaid["payment_intent_id"]) == ("1500", "", "")
    assert (unpaid["livemode"], unpaid["failure_code"]) == ("false", "expired")


async def test_of_money_that_came_in_otherwise_a_row_says_what_it_was_once_that_is_decided(
    storage: DatabaseStorage,
) -> None:
    agreed = one_of_many(1, at=NOON)
    decided = replace(delivered_for(agreed, 3000, "jpy"), amount_refunded=1000)
    await keep(storage, decided, under_review(one_of_many(2, at=NOON)))

    taken, open_ = await exported(storage)

    said = ("amount", "amount_refunded", "currency", "amount_major", "refunded_major")
    assert [taken[name] for name in said] == ["3000", "1000", "jpy", "3000", "1000"]
    assert [open_[name] for name in said] == ["1900", "0", "eur", "19.00", "0.00"]


async def test_a_row_says_what_lost_disputes_took_beside_what_was_given_back(storage: DatabaseStorage) -> None:
    paid = a_paid_payment(1).facts.with_refund("re_1", RefundFact(400, "succeeded"))
    facts = [
        paid.with_dispute("dp_1", DisputeFact(status, 1500, currency="eur")) for status in ("lost", "under_review")
    ]
    payments = [a_paid_payment(number) for number in (1, 2)]
    await keep(storage, *(one.with_facts(of, NOON) for one, of in zip(payments, facts, strict=True)))

    found = await exported(storage)

    names = ("status", "amount_refunded", "lost", "refunded_major", "lost_major")
    assert [[row[name] for name in names] for row in found] == [
        ["disputed", "400", "1500", "4.00", "15.00"],
        ["disputed", "400", "0", "4.00", "0.00"],
    ]


async def test_days_and_status_choose_what_is_written(storage: DatabaseStorage) -> None:
    await keep(
        storage,
        one_of_many(1, at=NOON - timedelta(days=2)),
        *(paid_after(number, NOON - timedelta(days=1), 5) for number in range(2, PAGE + 12)),
        one_of_many(9000, at=NOON - timedelta(days=1)),
        paid_after(9001, NOON, 5),
    )
    day = Wanted(NOON - timedelta(days=1), NOON)

    assert len(await exported(storage, day)) == PAGE + 11
    paid = await exported(storage, Wanted(day.since, day.until, Status.PAID))
    assert [row["payment_id"] for row in paid] == [f"pay_{number:012}" for number in range(2, PAGE + 12)]


async def test_no_connection_is_held_while_the_file_is_written(storage: DatabaseStorage) -> None:
    class Watched(DatabaseStorage):
        held = 0

        @asynccontextmanager
        async def read(self) -> AsyncIterator[DatabaseTransaction]:
            async with storage.read() as tx:
                Watched.held += 1
                yield tx
                Watched.held -= 1

    watched: list[int] = []

    async def look(progress: Progress) -> None:
        watched.append(Watched.held)

    await keep(storage, *(one_of_many(number, at=NOON) for number in range(PAGE + 1)))
    await ExportPayments(Watched(storage._database)).write(EVERYTHING, io.BytesIO(), look)

    assert watched == [0, 0]


async def test_above_its_largest_size_it_stops(storage: DatabaseStorage) -> None:
    await keep(storage, *(one_of_many(number, at=NOON) for number in range(3 * PAGE)))
    file = io.BytesIO()

    with pytest.raises(TooLarge):
        await ExportPayments(storage).write(EVERYTHING, file, nobody, largest=10_000)

    assert file.tell() < 10_000 + PAGE * 300
