"""Migrations do not stop the shop, may be killed anywhere, and a program knows which schema is too new for it."""

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import db.maintenance.migrate
from app.cli import main
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.maintenance.migrate import migrate, newest_revision
from db.maintenance.versions import PROGRAM_VERSIONS, SchemaTooNew, this_version
from db.storage import open_database
from tests.support.databases import by_turns, fresh_postgres_database
from tests.support.faults.migrating import Blocked, Elsewhere, Killed, killed_after, watched
from tests.support.project import ROOT
from tests.support.settings import GOOD_SETTINGS
from tests.support.shop import until

MIGRATIONS = ROOT / "db" / "migrations"
SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
NEXT = """
from alembic import op
from db.maintenance.online import add_column, create_index, drop_index, update_in_batches
revision, down_revision = "9999", "{newest}"
def upgrade():
    {body}
"""
BLOCKING = [
    'op.execute("CREATE INDEX by_title ON payments (title)")',
    'op.execute("ALTER TABLE payments ADD COLUMN extra TEXT")',
    'op.execute("ALTER TABLE payments ALTER COLUMN title TYPE VARCHAR(100)")',
    'op.execute("UPDATE payments SET title = title")',
    'op.execute("DELETE FROM provider_events")',
    'op.execute("LOCK TABLE outbox")',
    'op.execute("UPDATE payments SET title = title WHERE payment_id = (SELECT MIN(payment_id) FROM payments)")',
]
ONLINE = """add_column("payments", "extra TEXT")
    create_index("by_extra", "payments (extra) WHERE extra IS NOT NULL")
    update_in_batches("payments", "payment_id", "UPDATE payments SET extra = title WHERE {batch}")
    update_in_batches("outbox", "message_id", "UPDATE outbox SET fate = 'told' WHERE {batch}")
    drop_index("outbox_parked")"""


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    if request.param == "sqlite":
        return parse_database_url(f"sqlite:///{tmp_path}/shop.db")
    url = await fresh_postgres_database(request.getfixturevalue("postgres_url"), "migrations")
    return parse_database_url(url)


@pytest.fixture
def elsewhere(empty: DatabaseUrl) -> Iterator[Elsewhere]:
    with Elsewhere(empty) as other:
        yield other


async def migrate_to(revision: str, address: DatabaseUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the program did of which this was the newest."""
    with monkeypatch.context() as patched:
        patched.setattr(db.maintenance.migrate, "newest_revision", lambda: revision)
        await migrate(address)


def add_revision(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has one migration more from now on."""
    shutil.copytree(MIGRATIONS, folder / "migrations")
    script = NEXT.replace("{newest}", newest_revision()).replace("{body}", body)
    (folder / "migrations" / "versions" / "9999_next.py").write_text(script)
    config = Config()
    config.set_main_option("script_location", str(folder / "migrations"))
    monkeypatch.setattr(db.maintenance.migrate, "_config", lambda: config)


async def test_nobody_waits_for_any_migration(
    empty: DatabaseUrl, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_to(REVISIONS[0], empty, monkeypatch)
    for revision in REVISIONS[1:]:
        elsewhere.fill()
        with watched(elsewhere):
            await migrate_to(revision, empty, monkeypatch)
    assert elsewhere.ask("SELECT version_num FROM alembic_version") == [(newest_revision(),)]


async def test_what_a_migration_is_given_to_do_its_work_makes_nobody_wait(
    empty: DatabaseUrl, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty)
    elsewhere.fill()
    add_revision(tmp_path, ONLINE, monkeypatch)
    with watched(elsewhere):
        await migrate(empty)
    assert elsewhere.ask("SELECT COUNT(*) FROM payments WHERE extra <> title OR extra IS NULL") == [(0,)]
    assert elsewhere.ask("SELECT COUNT(*) FROM outbox WHERE COALESCE(fate, '') <> 'told'") == [(0,)]


async def test_what_would_make_others_wait_is_noticed(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = parse_database_url(await fresh_postgres_database(postgres_url, "blocking"))
    await migrate(address)
    with Elsewhere(address) as elsewhere:
        elsewhere.fill()
        for number, body in enumerate(BLOCKING):
            with monkeypatch.context() as patched:
                add_revision(tmp_path / str(number), body, patched)
                with pytest.raises(Blocked), watched(elsewhere):
                    await migrate(address)


async def test_a_column_waits_for_its_table_without_making_others_wait(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads for long, as pg_dump does: the column gives up and comes back, until the reader has gone."""
    address = parse_database_url(await fresh_postgres_database(postgres_url, "patience"))
    await migrate(address)
    add_revision(tmp_path, ONLINE, monkeypatch)
    with Elsewhere(address) as reader, Elsewhere(address) as other:
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            other.ask("LOCK TABLE payments IN ROW EXCLUSIVE MODE NOWAIT")
            if len(pauses) == 3:
                reader.end()

        monkeypatch.setattr("db.maintenance.online.time.sleep", pause)
        monkeypatch.setattr("db.maintenance.online.LOCK_PATIENCE", "50ms")
        reader.begin("LOCK TABLE payments IN ACCESS SHARE MODE")
        await migrate(address)
        assert len(pauses) == 3


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_a_row_that_a_shop_moves_meanwhile_is_taken_as_it_has_become_whatever_the_servers_default(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    address = parse_database_url(await fresh_postgres_database(postgres_url, "levels"))
    await migrate(address)
    add_revision(
        tmp_path,
        """update_in_batches("payments", "payment_id", "UPDATE payments SET email = title WHERE {batch}")""",
        monkeypatch,
    )
    with Elsewhere(address) as shop, Elsewhere(address) as other:
        shop.fill()
        shop.ask(f"ALTER DATABASE levels SET default_transaction_isolation = '{level}'")
        shop.begin("UPDATE payments SET title = 'moved'")
        migrating = asyncio.create_task(migrate(address))

        async def waits() -> bool:
            return bool(other.ask("SELECT 1 FROM pg_locks WHERE NOT granted"))

        await until(waits, "the migration to wait for the rows")
        shop.end()
        await migrating
        assert other.ask("SELECT COUNT(*) FROM payments WHERE email <> 'moved'") == [(0,)]


async def test_a_migration_that_was_killed_anywhere_is_done_by_the_next_start(
    empty: DatabaseUrl, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_to(REVISIONS[0], empty, monkeypatch)
    elsewhere.fill(600)  # two batches
    payments = "SELECT payment_id, title, amount FROM payments ORDER BY payment_id"
    before = elsewhere.ask(payments)
    # The lock of one that was killed goes with its connection, a moment later.
    monkeypatch.setattr(db.maintenance.migrate, "LOOK_AGAIN_SECONDS", 0.01)
    # SQLite takes all of it back each time, and begins anew.
    for statement in itertools.count(1, step=7 if empty.file else 1):
        try:
            with killed_after(statement):
                await migrate(empty)
        except Killed:
            continue
        break
    killed = elsewhere.schema()
    assert statement > 10
    assert elsewhere.ask("SELECT version_num FROM alembic_version") == [(newest_revision(),)]
    assert elsewhere.ask(payments) == before
    if empty.file is not None:
        other = parse_database_url(f"sqlite:///{empty.file.parent}/straight.db")
    else:
        base = empty.url.replace("/migrations?", "/postgres?")
        other = parse_database_url(await fresh_postgres_database(base, "straight"))
    await migrate(other)
    with Elsewhere(other) as straight:
        assert straight.schema() == killed


async def test_replicas_that_start_together_on_a_filled_database_wait_for_each_other(
    empty: DatabaseUrl, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_to(REVISIONS[0], empty, monkeypatch)
    elsewhere.fill()
    assert set(await asyncio.gather(*(migrate(empty) for _ in range(4)))) == {newest_revision()}


async def test_an_address_as_hosters_print_it_is_understood_by_all_who_connect(postgres_url: str) -> None:
    url = await fresh_postgres_database(postgres_url, "hosted")
    address = parse_database_url(f"{url}&sslmode=prefer&channel_binding=prefer&connect_timeout=10")
    await migrate(address)
    await (await open_database(address)).close()


def test_every_revision_says_which_version_knows_it() -> None:
    assert list(PROGRAM_VERSIONS) == REVISIONS


@pytest.mark.parametrize(
    ("empty", "needed"), by_turns(["9.1.0", "0.1.10", "0.0.9", this_version()]), indirect=["empty"]
)
async def test_a_database_that_is_newer_than_the_program_is_refused_with_what_is_needed(
    needed: str, empty: DatabaseUrl, elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setitem(PROGRAM_VERSIONS, "9999", needed)
        add_revision(tmp_path, "pass", newer)
        await migrate(empty)
    at, this = f"{empty.shown} is at schema 9999, which", this_version()
    unknown = f"{at} this checkout-bot ({this}) does not know yet: a newer state of the program has brought it there."
    by_number = needed in ("9.1.0", "0.1.10")
    told = f"{at} needs checkout-bot {needed} or newer; this is {this}" if by_number else unknown
    with pytest.raises(SchemaTooNew) as refused:
        await migrate(empty)
    assert str(refused.value).startswith(told)
    elsewhere.ask("DROP TABLE schema_versions")
    with pytest.raises(SchemaTooNew) as refused:
        await migrate(empty)
    assert str(refused.value).startswith(unknown)


@pytest.mark.parametrize(
    "command", [["serve"], ["migrate"], ["export", "all.csv"], ["copy", "{url}", "sqlite:///new.db"]]
)
def test_every_command_refuses_it_in_one_line(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = parse_database_url(f"sqlite:///{tmp_path}/shop.db")
    with monkeypatch.context() as newer:
        newer.setitem(PROGRAM_VERSIONS, "9999", "9.1.0")
        add_revision(tmp_path, "pass", newer)
        asyncio.run(migrate(address))
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": address.url, "CATALOG": str(ROOT / "catalog.toml")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert main([one.replace("{url}", address.url) for one in command]) == 1
    reason = capsys.readouterr().err.splitlines()[-1]
    assert "needs checkout-bot 9.1.0 or newer" in reason
