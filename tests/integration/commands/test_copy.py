"""`checkout-bot copy FROM TO`: a shop moves between SQLite and PostgreSQL, and nothing changes on the way."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from checkout.errors import CheckoutError
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from db.copying.copy_database import copy_database
from db.copying.postgres_side import PostgresSide
from db.copying.side import Rows, Sold, Table
from db.copying.sqlite_side import SqliteSide
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.file_lock import AlreadyServed, sole_server
from db.maintenance.migrate import newest_revision
from db.storage import DatabaseStorage, open_database
from tests.support.clock import NOON
from tests.support.databases import (
    fresh_postgres_database,
    new_postgres_database,
    new_sqlite_database,
    rows_in,
    run,
)
from tests.support.payments import a_paid_payment, a_payment
from tests.support.project import ROOT
from tests.support.random_rows import contents, insert, rows_for

Make = Callable[[str, bool], Coroutine[Any, Any, DatabaseUrl]]
DIRECTIONS = pytest.mark.parametrize(
    ("old_kind", "new_kind"),
    [("sqlite", "postgres"), ("postgres", "sqlite"), ("sqlite", "sqlite"), ("postgres", "postgres")],
)
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])
SOLD = [Sold("eur", 2, 3800, 0), Sold("jpy", 1, 1500, 0)]
# Stands still while it copies until somebody presses a key.
SLOW = """
import asyncio, sys
from db.copying.copy_database import copy_database
from db.engine.database_url import parse_database_url
def wait(part, what):
    if what == sys.argv[3]:
        print(what, flush=True)
        sys.stdin.readline()
asyncio.run(copy_database(parse_database_url(sys.argv[1]), parse_database_url(sys.argv[2]), wait))
"""


def silent(part: float, what: str) -> None:
    assert 0 <= part <= 1
    assert what


def at(file: Path) -> DatabaseUrl:
    return parse_database_url(f"sqlite:///{file}")


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Make:
    """A database with the newest schema and nothing in it, or with a shop."""

    async def made(kind: str, is_filled: bool) -> DatabaseUrl:
        name = "full" if is_filled else "empty"
        if kind == "sqlite":
            address = await new_sqlite_database(tmp_path / f"{name}.db")
        else:
            address = parse_database_url(await new_postgres_database(request.getfixturevalue("postgres_url")))
        if is_filled:
            await fill(address)
        return address

    return made


async def fill(address: DatabaseUrl) -> None:
    """Sold: a guide twice and a poster; one more is pending. Three messages wait, one of them rendered."""
    database = await open_database(address)
    payments = [a_paid_payment(1), a_paid_payment(2), a_paid_payment(3, sku="poster"), a_payment(4)]
    async with DatabaseStorage(database).begin() as tx:
        for payment in payments:
            await tx.payments.add(payment)
        kinds = [(Channel.MAIL, "anna@example.com"), (Channel.CHAT, "42"), (Channel.CHAT, "43")]
        await tx.outbox.add([NewMessage(f"{one}/{to}", one, PaymentPaid(), to, "pay_1", NOON) for one, to in kinds])
        (mail,) = await tx.outbox.claim(Channel.MAIL, "worker", NOON, 1)
        await tx.outbox.store_rendered(mail.message_id, b"\x00rendered\xff")
        await tx.outbox.release("worker")
    await database.close()


@given(data=st.data())
@settings(max_examples=12)
def test_every_value_of_every_table_survives_the_way_there_and_back(
    data: st.DataObject, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("there-and-back")
    old, back = folder / "old.db", folder / "back.db"
    asyncio.run(new_sqlite_database(old))
    insert(old, data.draw(rows_for(old)))

    async def there_and_back() -> None:
        postgres = parse_database_url(await new_postgres_database(postgres_url))
        await copy_database(at(old), postgres, silent)
        await copy_database(postgres, at(back), silent)

    asyncio.run(there_and_back())
    assert contents(back) == contents(old)


@DIRECTIONS
async def test_the_shop_goes_on_in_the_new_database(old_kind: str, new_kind: str, make: Make) -> None:
    old, new = await make(old_kind, True), await make(new_kind, False)
    copied = await copy_database(old, new, silent)
    assert copied.sold == SOLD
    assert {name: rows for name, rows in copied.rows.items() if rows} == {"payments": 4, "outbox": 3}
    database = await open_database(new)
    async with DatabaseStorage(database).begin() as tx:
        found = await tx.payments.get("pay_1")
        assert found == a_paid_payment(1)
        await tx.payments.add(a_paid_payment(5))
        before = [one.message_id for one in await tx.outbox.unsent(0, NOON, 10)]
        await tx.outbox.add([NewMessage("new", Channel.CHAT, PaymentPaid(), "44", "pay_5", NOON)])
        assert [one.message_id for one in await tx.outbox.unsent(0, NOON, 10)] == [*before, max(before) + 1]
        (mail,) = await tx.outbox.claim(Channel.MAIL, "worker", NOON, 5)
        assert (mail.rendered, mail.attempts) == (b"\x00rendered\xff", 2)
    await database.close()
    assert await rows_in(old, "payments") == 4


@DIRECTIONS
async def test_a_target_that_is_not_there_yet_is_made(
    old_kind: str, new_kind: str, make: Make, tmp_path: Path, postgres_url: str
) -> None:
    new = at(tmp_path / "folder" / "new.db")
    if new_kind == "postgres":
        new = parse_database_url(await fresh_postgres_database(postgres_url, f"new_{old_kind}"))
    assert (await copy_database(await make(old_kind, True), new, silent)).sold == SOLD
    if new.file is not None:
        assert new.file.stat().st_mode & 0o777 == 0o600
        assert [one.name for one in new.file.parent.iterdir()] == ["new.db", "new.db.serve.lock"]


async def refusal(old: DatabaseUrl, new: DatabaseUrl) -> str:
    with pytest.raises(CheckoutError) as raised:
        await copy_database(old, new, silent)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@KINDS
async def test_a_target_that_holds_something_is_refused_and_left_alone(kind: str, make: Make) -> None:
    old, new = await make("sqlite", True), await make(kind, False)
    await run(new, "INSERT INTO marks VALUES ('reconciled', '', '')")
    assert "is not empty: marks has 1 rows" in await refusal(old, new)
    await run(new, "DELETE FROM marks")
    await run(new, "DROP TABLE alembic_version")
    assert "it has tables of something else" in await refusal(old, new)
    assert await rows_in(new, "payments") == 0


@KINDS
async def test_a_source_of_another_schema_is_refused(kind: str, make: Make) -> None:
    old, new = await make(kind, True), await make("sqlite", False)
    await run(old, "UPDATE alembic_version SET version_num = '0001'")
    assert f"is at schema 0001, not at {newest_revision()}" in await refusal(old, new)
    await run(old, "DROP TABLE alembic_version")
    assert "there is no shop in" in await refusal(old, new)


async def test_what_is_no_database_is_refused(make: Make, tmp_path: Path) -> None:
    new = await make("sqlite", False)
    assert f"there is no database at {tmp_path}/missing.db" in await refusal(at(tmp_path / "missing.db"), new)
    (tmp_path / "text.db").write_text("no database at all " * 100)
    assert "file is not a database" in await refusal(at(tmp_path / "text.db"), new)
    assert not (tmp_path / "missing.db").exists()
    nowhere = parse_database_url("postgresql://checkout@127.0.0.1:1/checkout")
    assert "PostgreSQL checkout on 127.0.0.1" in await refusal(nowhere, new)
    (tmp_path / "link.db").symlink_to(tmp_path / "empty.db")
    assert "cannot be copied into itself" in await refusal(new, at(tmp_path / "link.db"))


async def test_a_shop_that_is_open_is_not_copied(make: Make) -> None:
    full, empty, postgres = await make("sqlite", True), await make("sqlite", False), await make("postgres", True)
    for served in (full, empty):
        with sole_server(served.file), pytest.raises(AlreadyServed, match="stop that one first"):
            await copy_database(full, empty, silent)
    shop = await open_database(postgres)
    assert "stop it first" in await refusal(postgres, empty)
    assert "stop it first" in await refusal(full, postgres)
    await shop.close()


@DIRECTIONS
async def test_what_is_written_meanwhile_is_not_in_it(old_kind: str, new_kind: str, make: Make) -> None:
    old, new = await make(old_kind, True), await make(new_kind, False)
    written: list[str] = []

    async def write_once() -> None:
        if not written:
            written.append("a mark")
            await run(old, "INSERT INTO marks VALUES ('meanwhile', '', '')")

    def meanwhile(_part: float, what: str) -> None:
        if "outbox" in what:
            asyncio.run_coroutine_threadsafe(write_once(), elsewhere).result(30)

    elsewhere = asyncio.new_event_loop()
    running = asyncio.get_running_loop().run_in_executor(None, elsewhere.run_forever)
    await copy_database(old, new, meanwhile)
    elsewhere.call_soon_threadsafe(elsewhere.stop)
    await running
    elsewhere.close()
    assert written
    assert (await rows_in(old, "marks"), await rows_in(new, "marks")) == (1, 0)


@KINDS
async def test_a_copy_that_reads_back_otherwise_is_not_kept(
    kind: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = await make("sqlite", True), await make(kind, False)
    side: Any = SqliteSide if kind == "sqlite" else PostgresSide
    with monkeypatch.context() as patched:
        patched.setattr(side, "add", spoiling(side.add))
        assert "differs from what was written (outbox)" in await refusal(old, new)
    assert await rows_in(new, "payments") == 0
    assert (await copy_database(old, new, silent)).sold == SOLD


def spoiling(add: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Writes one letter otherwise."""

    async def spoiled(side: Any, table: Table, rows: Rows) -> None:
        key = table.columns.index("dedupe_key") if table.name == "outbox" else 0
        if table.name == "outbox":
            first = list(rows[0])
            first[key] = first[key].upper()
            rows = [tuple(first), *rows[1:]]
        await add(side, table, rows)

    return spoiled


async def test_what_postgresql_cannot_keep_is_named_and_nothing_is_kept(make: Make) -> None:
    old, new = await make("sqlite", True), await make("postgres", False)
    await run(old, "UPDATE payments SET title = 'a' || char(0) || 'b' WHERE payment_id = 'pay_2'")
    assert "payments cannot be written: invalid byte sequence" in await refusal(old, new)
    assert await rows_in(new, "outbox") == 0


@pytest.mark.parametrize(("old_kind", "new_kind"), [("sqlite", "postgres"), ("postgres", "sqlite")])
@pytest.mark.parametrize("moment", ["copying payments", "building indexes", "comparing payments"])
async def test_a_kill_leaves_the_target_empty(old_kind: str, new_kind: str, moment: str, make: Make) -> None:
    old, new = await make(old_kind, True), await make(new_kind, False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SLOW, old.url, new.url, moment),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode().strip() == moment
    process.kill()
    await process.wait()
    assert await rows_in(new, "payments") == 0
    assert (await copy_database(old, new, silent)).sold == SOLD


def test_the_command_tells_what_it_has_copied(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = asyncio.run(make("sqlite", True)), asyncio.run(make("postgres", False))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["copy", old.url, new.url]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert "payments                        4 rows" in lines
    assert "paid in EUR                     2, 38.00 taken, 0.00 given back" in lines
    assert "compared row by row" in lines[-2]
    assert "copying payments" in said.err
    assert "100%" in said.err
    assert main(["copy", old.url, new.url]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_its_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["copy", "--help"])
    assert "example: checkout-bot copy sqlite:///" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["copy", "data/checkout.db", "sqlite:///new.db"])
    assert "must look like sqlite:///data/checkout.db" in capsys.readouterr().err
