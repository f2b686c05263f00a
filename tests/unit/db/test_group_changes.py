"""Many rows of one change in one statement: as many values as there are question marks, in their order."""

import sqlite3

import pytest

from db.engine.sql_loader import GroupChange

INTO_BOTH = GroupChange("INSERT INTO shelf (sku, pieces)", "(?, ?)", "", ("sku", "pieces"))
INTO_ONE = GroupChange("INSERT INTO shelf (sku)", "(?)", "", ("sku",))


@pytest.mark.parametrize(
    ("change", "kept"),
    [(INTO_BOTH, [("guide", 3), ("map", 5)]), (INTO_ONE, [("guide", None), ("map", None)])],
    ids=["two values", "one value"],
)
@pytest.mark.parametrize("rows", [1, 2])
def test_each_row_is_kept_whole(change: GroupChange, kept: list[tuple[str, int | None]], rows: int) -> None:
    given = [{"sku": sku, "pieces": pieces or 0} for sku, pieces in kept[:rows]]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE shelf (sku TEXT, pieces BIGINT)")
    database.execute(change.sql(rows), change.values(given))
    assert database.execute("SELECT sku, pieces FROM shelf ORDER BY sku").fetchall() == kept[:rows]
    database.close()
