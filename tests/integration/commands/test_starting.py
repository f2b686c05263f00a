"""What a shop does that is started before everything is set up."""

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

import db.engine.sqlite
from app.cli import main
from app.commands.serve import serve_until
from app.settings import load_settings
from checkout.errors import DatabaseAway, ServiceUnavailable, StaleWrite
from db.engine.postgres_connection import lock_number
from db.maintenance.migrate import MIGRATION_LOCK
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.databases import fresh_postgres_database, new_postgres_database, new_sqlite_database
from tests.support.processes.commands import end_server, shop_without_server, start_server
from tests.support.project import CATALOG
from tests.support.settings import GOOD_SETTINGS
from tests.support.shop import free_port, opened_shop, until

ASKED = """SELECT COUNT(*) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name = 'checkout-bot migrate'"""
WAITS = """SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'"""


async def test_without_stripes_signing_secret_the_shop_is_open_and_stripe_is_asked_to_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = {"STRIPE_WEBHOOK_SECRET": "", "DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}
    async with (
        Sandbox() as harness,
        opened_shop(harness, environment, free_port()) as shop,
        shop.http.post(f"{shop.url}/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=a"}) as answer,
    ):
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
    assert "Stripe's webhooks are answered 503" in caplog.text
    assert "run: checkout-bot setup" in caplog.text


async def test_a_log_that_cannot_be_written_closes_no_shop(tmp_path: Path) -> None:
    port = free_port()
    async with shop_without_server(port) as shop:
        settings = {**shop.sandbox.settings(port), "DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}
        server = await start_server(settings, tmp_path, Path("/dev/full"))

        async def answered() -> bool:
            assert server.returncode is None
            return any(message.by_bot for message in shop.sandbox.telegram.chat(ANNA))

        try:
            shop.sandbox.telegram.say(ANNA, "/start")
            await until(answered, "the bot to answer")
        finally:
            await end_server(server)


@pytest.mark.parametrize("error", [DatabaseAway("no place is left"), StaleWrite("a deadlock")])
async def test_a_database_that_stumbles_while_the_bot_is_set_up_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    asked = []

    async def stumble(*_: object) -> None:
        asked.append(1)
        if len(asked) == 1:
            raise error

    monkeypatch.setattr("app.commands.serve.take_menus_back", stumble)
    async with (
        Sandbox() as harness,
        opened_shop(harness, {"DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}) as shop,
    ):
        assert (await shop.ask(BEN, "/start")).callbacks
    assert len(asked) == 2
    assert f"Telegram's updates wait for the database: {error}" in caplog.text
    assert "Telegram is down" not in caplog.text


@pytest.mark.parametrize("is_asked_to_end", [True, False])
async def test_a_start_that_waits_for_a_locked_database_may_be_ended(
    is_asked_to_end: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.engine.sqlite, "BUSY_SECONDS", 600 if is_asked_to_end else 0.3)
    file = tmp_path / "checkout.db"
    await new_sqlite_database(file)
    settings = load_settings({**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{file}"}, tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")  # as every shop's is
        other.execute("BEGIN IMMEDIATE")
        stop = asyncio.Event()
        starting = asyncio.create_task(serve_until(stop, settings, CATALOG))
        await asyncio.sleep(0)
        if is_asked_to_end:
            stop.set()
            assert await asyncio.wait_for(starting, 60) == 0
        else:
            with pytest.raises(DatabaseAway):
                await starting


@pytest.mark.parametrize(
    ("lock", "is_migrated", "asked"),
    [(MIGRATION_LOCK, False, ASKED), (lock_number("shop identity"), True, WAITS)],
)
async def test_one_that_waits_for_another_replica_ends_when_it_is_asked_to(
    postgres_url: str, tmp_path: Path, lock: int, is_migrated: bool, asked: str
) -> None:
    url = await (
        new_postgres_database(postgres_url)
        if is_migrated
        else fresh_postgres_database(postgres_url, "migrated_by_another")
    )
    settings = load_settings({**GOOD_SETTINGS, "DATABASE_URL": url}, tmp_path)
    other = await asyncpg.connect(url)
    try:
        await other.execute(f"SELECT pg_advisory_lock({lock})")
        stop = asyncio.Event()
        starting = asyncio.create_task(serve_until(stop, settings, CATALOG))

        async def asks_for_the_lock() -> bool:
            return bool(await other.fetchval(asked))

        await until(asks_for_the_lock, "the replica to wait", pause=0.05)
        assert not starting.done()
        stop.set()
        assert await asyncio.wait_for(starting, 10) == 0
    finally:
        await other.close()


@pytest.mark.parametrize("is_asked_to_end", [True, False])
async def test_one_that_finds_no_server_ends_as_it_is_asked_to(is_asked_to_end: bool, tmp_path: Path) -> None:
    address = f"postgresql://shop@127.0.0.1:{free_port()}/shop"
    settings = load_settings({**GOOD_SETTINGS, "DATABASE_URL": address}, tmp_path)
    stop = asyncio.Event()
    starting = asyncio.create_task(serve_until(stop, settings, CATALOG))
    if is_asked_to_end:
        stop.set()
        assert await starting == 0
    else:
        with pytest.raises(ServiceUnavailable):
            await starting


@pytest.mark.parametrize("command", ["serve", "migrate", "reconcile"])
def test_a_place_that_cannot_be_written_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "data").write_text("a file, where a folder is wanted")
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}/data/checkout.db"}.items():
        monkeypatch.setenv(name, value)
    assert main([command]) == 1
    heading, reason = capsys.readouterr().err.strip().splitlines()[-2:]
    assert heading in ("This machine does not let it be done:", "This could not be done:")
    assert str(tmp_path / "data") in reason


def refused(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **settings: str
) -> tuple[str, str]:
    monkeypatch.setattr("app.runtime.logs.set_up_logging", lambda *_: None)
    for name, value in {**GOOD_SETTINGS, **settings}.items():
        monkeypatch.setenv(name, value)
    assert main([command]) == 1
    heading, reason = capsys.readouterr().err.strip().splitlines()[-2:]
    return heading, reason.strip()


@pytest.mark.parametrize(
    ("host", "said", "helps"),
    [
        ("127.0.0.1", "address already in use", "or set another PORT"),
        ("192.0.2.1", "cannot assign requested address", "set HOST to an address of this machine"),
    ],
)
def test_where_it_cannot_listen_is_said_with_the_settings_names_and_what_helps(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    said: str,
    helps: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port, database = taken.getsockname()[1], f"sqlite:///{tmp_path}/checkout.db"
        heading, reason = refused("serve", monkeypatch, capsys, DATABASE_URL=database, HOST=host, PORT=str(port))
    assert heading == "This machine does not let it be done:"
    assert reason.startswith(f"HOST {host}, PORT {port}: ")
    assert said in reason
    assert helps in reason.partition("what helps: ")[2]


def test_why_a_database_cannot_be_used_is_said_without_its_drivers_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guide.pdf").write_bytes(b"%PDF-1.4" * 200)
    _, reason = refused("migrate", monkeypatch, capsys, DATABASE_URL=f"sqlite:///{tmp_path}/guide.pdf")
    assert reason.endswith("cannot be used: file is not a database")
