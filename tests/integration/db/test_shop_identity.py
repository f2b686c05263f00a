"""A database belongs to the shop that first started with it: another id or mode is refused with what to do."""

import asyncio
from pathlib import Path

import pytest

from app.cli import main
from checkout.model.message_content import Review
from checkout.model.outbox import Channel, NewMessage, State
from checkout.notifications.compose import Composer
from db.engine.connection import Database
from db.engine.database_url import parse_database_url
from db.maintenance.shop_identity import OtherShop, remember_bot, remember_shop
from db.storage import DatabaseStorage, open_database
from tests.support.clock import NOON
from tests.support.payments import a_payment
from tests.support.project import ROOT
from tests.support.settings import GOOD_SETTINGS

CATALOG = (ROOT / "catalog.toml").read_text(encoding="utf-8")
LIVE = {"STRIPE_SECRET_KEY": "sk_live_abc123", "STRIPE_PUBLISHABLE_KEY": "pk_live_abc123"}


async def test_the_first_shop_is_remembered(database: Database) -> None:
    for _ in range(2):
        await remember_shop(database, "night-market", livemode=False)
    with pytest.raises(OtherShop, match=r'belongs to the shop "night-market".*put id = "night-market" back') as other:
        await remember_shop(database, "day-market", livemode=False)
    assert "\n" not in str(other.value)
    with pytest.raises(OtherShop, match=r"that of a test shop, STRIPE_SECRET_KEY is a live key.*of its own"):
        await remember_shop(database, "night-market", livemode=True)
    await remember_shop(database, "night-market", livemode=False)


async def test_of_two_that_start_together_one_is_the_first(replicas: list[Database]) -> None:
    one, other, third = replicas
    starts = (
        remember_shop(one, "night-market", livemode=True),
        remember_shop(other, "day-market", livemode=True),
        remember_shop(third, "night-market", livemode=False),
    )
    said = await asyncio.gather(*starts, return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["NoneType", "OtherShop", "OtherShop"]


@pytest.mark.parametrize("command", ["serve", "reconcile"])
@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({}, {"id": "day-market"}, 'put id = "night-market" back under [shop]'),
        ({}, LIVE, "give the live shop a database of its own"),
        (LIVE, {}, "give the test shop a database of its own"),
    ],
)
def test_the_start_is_stopped_in_one_line(
    command: str,
    first: dict[str, str],
    second: dict[str, str],
    reason: str,
    sqlite_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def start_first() -> None:
        database = await open_database(parse_database_url(f"sqlite:///{sqlite_file}"))
        await remember_shop(database, "night-market", livemode=first == LIVE)
        await database.close()

    asyncio.run(start_first())
    catalog = sqlite_file.with_name("catalog.toml")
    catalog.write_text(CATALOG.replace('"night-market"', f'"{second.get("id", "night-market")}"'), encoding="utf-8")
    (sqlite_file.parent / "files").symlink_to(ROOT / "files")
    values = {**GOOD_SETTINGS, **second, "DATABASE_URL": f"sqlite:///{sqlite_file}", "CATALOG": str(catalog)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert main([command]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-2] == "This could not be done:"
    assert reason in said[-1]


async def test_what_was_to_edit_messages_of_another_bot_leaves_no_more(database: Database) -> None:
    """What is news does."""
    storage, composer = DatabaseStorage(database), Composer((), NOON)
    left, shown = composer.pay_message_left("pay_1", 1001, 7), composer.pay_message(a_payment(payment_id="pay_1"))
    closed, news = (
        NewMessage(str(edits), Channel.CHAT, Review("pi_1: amount 1", edits), "9001", "pay_1", NOON)
        for edits in (8, None)
    )
    async with storage.begin() as tx:
        await tx.outbox.add([left, shown, closed, news])
    for bot_id, waiting in ((1, [left, shown, closed, news]), (2, [shown, news]), (2, [shown, news])):
        await remember_bot(database, bot_id)
        async with storage.read() as tx:
            kept = [one.content for one in await tx.outbox.of_payment("pay_1") if one.state is State.WAITING]
        assert kept == [one.content for one in waiting]
