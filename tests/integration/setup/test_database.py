"""The database that is there already: whoever sets up hears of what would stop the start."""

from pathlib import Path

import pytest

from db.engine.database_url import parse_database_url
from db.engine.private_files import Unusable
from db.maintenance.migrate import migrate
from db.maintenance.shop_identity import remember_shop
from db.storage import open_database
from tests.support.setup.new_shop import NewShop


async def served(file: Path, shop_id: str, *, livemode: bool) -> None:
    address = parse_database_url(f"sqlite:///{file}")
    await migrate(address)
    database = await open_database(address)
    await remember_shop(database, shop_id, livemode=livemode)
    await database.close()


def at(new_shop: NewShop, file: Path) -> dict[str, str]:
    return {**new_shop.flags, "--database-url": f"sqlite:///{file}"}


@pytest.mark.parametrize(
    ("shop_id", "livemode", "said"),
    [
        ("", False, []),
        ("", True, ["DATABASE_URL: the database is that of a live shop, STRIPE_SECRET_KEY is a test key: give the "]),
        (
            "day-market",
            False,
            ['DATABASE_URL: the database belongs to the shop "day-market", the catalogue is that of "night-books-'],
        ),
        ("day-market", True, ['DATABASE_URL: the database belongs to the shop "day-market"']),
    ],
    ids=["its own", "of the other mode", "of another shop", "of another shop in the other mode"],
)
async def test_one_that_stops_the_start_remains(
    new_shop: NewShop, sqlite_file: Path, shop_id: str, livemode: bool, said: list[str]
) -> None:
    assert (await new_shop.set_up(at(new_shop, sqlite_file))).code == 0
    own_id = (new_shop.folder / "catalog.toml").read_text(encoding="utf-8").partition('id = "')[2].partition('"')[0]
    await served(sqlite_file, shop_id or own_id, livemode=livemode)
    again = await new_shop.set_up({})
    assert [one[: len(words)] for one, words in zip(again.remains, said, strict=True)] == said
    assert again.code == bool(said)


@pytest.mark.parametrize("refusal", [PermissionError(13, "Permission denied"), Unusable("it belongs to root")])
async def test_one_that_is_closed_to_who_sets_up_is_not_looked_at(
    new_shop: NewShop, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    await served(sqlite_file, "day-market", livemode=False)

    def refused(_file: Path) -> None:
        raise refusal

    monkeypatch.setattr("db.maintenance.schema.make_private", refused)
    assert (await new_shop.set_up(at(new_shop, sqlite_file))).code == 0


@pytest.fixture
def damaged_file(sqlite_file: Path) -> Path:
    sqlite_file.write_bytes(b"no database" * 100)
    return sqlite_file


async def test_one_that_cannot_be_asked_is_no_matter_of_the_set_up(new_shop: NewShop, damaged_file: Path) -> None:
    assert (await new_shop.set_up(at(new_shop, damaged_file))).code == 0
