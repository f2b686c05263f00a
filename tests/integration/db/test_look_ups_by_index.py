"""What is asked of a table that grows is found by an index."""

from pathlib import Path

import pytest

from checkout.model.search import By
from db.engine.database_url import parse_database_url
from db.engine.sql_loader import Query, queries
from db.maintenance.migrate import migrate
from db.storage import open_database
from tests.support.databases import fresh_postgres_database

PAGES = [("payments", f"{by}_{direction}") for by in By for direction in ("older", "newer")]
OF_ONE_PAYMENT = [(area, "of_payment") for area in ("activity", "events", "outbox", "audit")]


@pytest.mark.parametrize(
    ("area", "name"),
    [
        *PAGES,
        *OF_ONE_PAYMENT,
        ("activity", "before_payment"),
        ("payments", "by_any_id"),
        ("payments", "by_receipt_number"),
        ("payments", "cursor"),
        ("payments", "to_close"),
        ("customers", "customer"),
        ("customers", "customers_by_username"),
    ],
)
async def test_every_look_up_goes_by_an_index(tmp_path: Path, area: str, name: str) -> None:
    database_url = parse_database_url(f"sqlite:///{tmp_path}/checkout.db")
    await migrate(database_url)
    database = await open_database(database_url)
    found = queries(area)[name]
    names = (
        "value",
        "email",
        "beyond",
        "at",
        "payment_id",
        "any_id",
        "number",
        "telegram_user_id",
        "created_at",
        "username",
        "now",
        "ends_by",
    )
    try:
        async with database.read() as connection:
            explained = Query("", f"EXPLAIN QUERY PLAN {found.sql}", "", ())
            steps = [
                str(row["detail"]) for row in await connection.fetch(explained, {**dict.fromkeys(names, ""), "most": 1})
            ]
    finally:
        await database.close()

    assert any(step.startswith("SEARCH ") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN ")], steps


async def test_postgres_seeks_the_payments_that_a_group_changes(postgres_url: str) -> None:
    """In an empty table, too: the plan of a shop's first day is kept with the connection while it grows."""
    database_url = parse_database_url(await fresh_postgres_database(postgres_url, "first_day"))
    await migrate(database_url)
    database = await open_database(database_url)
    update = queries("payments")["update"].postgres_group
    assert update is not None
    explained = Query("", "", "EXPLAIN " + update.replace("{rows}", "'[]'"), ())
    try:
        async with database.read() as connection:
            steps = [str(row["QUERY PLAN"]) for row in await connection.fetch(explained, {})]
    finally:
        await database.close()

    assert [step for step in steps if "Index Cond: (payment_id = (one.given).payment_id)" in step], steps
