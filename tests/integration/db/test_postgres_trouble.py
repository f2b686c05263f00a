"""PostgreSQL goes away and comes back: restarted, failed over, frozen, or just dropping its connections."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import db.engine.postgres
from app.doctor.finding import State
from app.doctor.storage import takes_writes
from app.runtime.readiness import Readiness
from checkout.errors import DatabaseAway, GoneBack
from db.engine.connection import Database
from db.engine.database_url import parse_database_url
from db.engine.sql_loader import Query
from db.maintenance.health import Newest, newest
from db.maintenance.migrate import migrate
from db.storage import open_database
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.databases import EmbeddedPostgres, ask, embedded_server, fresh_postgres_database
from tests.support.shop import Shop, running_shop, until

CUT_ALL = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()"""

SELECT = Query("asked by a test", "SELECT 1", "SELECT 1", ())
WRITE = Query("written by a test", "", "DELETE FROM handled_updates", ())


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    with embedded_server() as own:
        yield own


async def works(database: Database) -> bool:
    try:
        async with database.begin() as connection:
            return bool(await connection.fetch(SELECT, {}))
    except DatabaseAway:
        return False


async def test_connections_that_were_cut_are_made_anew(replicas: list[Database]) -> None:
    for _ in range(5):
        assert await asyncio.gather(*(works(replicas[0]) for _ in range(8))) == [True] * 8
        await ask(replicas[1], CUT_ALL)
        await until(lambda: works(replicas[0]), "the database to be reached again")


async def test_a_restarted_server_is_reached_again_and_begun_anew_with_where_another_takes_over(
    server: EmbeddedPostgres,
) -> None:
    address = parse_database_url(await fresh_postgres_database(server.url, "restarted"))
    await migrate(address)
    database = await open_database(address)
    assert await works(database)
    await asyncio.to_thread(server.stop)
    assert not await works(database)
    await asyncio.to_thread(server.start)
    await until(lambda: works(database), "the database to be reached again")
    assert await newest(database, Newest()) is not None
    await asyncio.to_thread(server.follow)
    await until(lambda: works(database), "the database to be reached again")
    with pytest.raises(DatabaseAway):  # on a connection that outlives the taking over
        await newest(database, Newest())
    await asyncio.to_thread(server.take_over)
    for _ in range(2):
        with pytest.raises(GoneBack):
            await newest(database, Newest())
    await database.close()
    database = await open_database(address)
    assert await newest(database, Newest()) is not None
    await database.close()


async def test_a_primary_that_only_follows_now_is_left_for_the_new_one(postgres_url: str) -> None:
    url = await fresh_postgres_database(postgres_url, "failover")
    await migrate(parse_database_url(url))
    database = await open_database(parse_database_url(url))
    await ask(database, "ALTER DATABASE failover SET default_transaction_read_only = on")
    followers = await open_database(parse_database_url(url))
    with pytest.raises(DatabaseAway):
        await write(followers)
    ready = Readiness(followers, MovedClock())
    assert (await ready())["database"].startswith("cannot be used")
    assert (await takes_writes(followers, parse_database_url(url))).state is State.MEND
    await ask(database, "ALTER DATABASE failover RESET ALL")
    await write(followers)
    assert set((await ready()).values()) == {"ok"}
    assert (await takes_writes(followers, parse_database_url(url))).state is State.OK
    for one in (database, followers):
        await one.close()


async def write(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(WRITE, {})


async def test_a_shop_whose_connections_are_cut_again_and_again_sells_on(postgres_url: str) -> None:
    url = await fresh_postgres_database(postgres_url, "cut")
    async with running_shop({"DATABASE_URL": url}) as shop:
        database = await open_database(parse_database_url(url))
        cutting = asyncio.create_task(cut_again_and_again(database))
        try:
            token = await shop.verified(BEN, "ben@example.org")
            intent_id = await until(lambda: intent_or_none(shop, token), "the page's intent")
            assert intent_id is not None
            shop.stripe.pay(intent_id)
            await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
            await shop.telegram.wait_for(BEN, lambda one: bool(one.document and "guide" in one.document.filename))
        finally:
            cutting.cancel()
            await asyncio.gather(cutting, return_exceptions=True)
            await database.close()
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
        assert not [one for one in shop.telegram.chat(BEN) if "went wrong" in one.text]


async def cut_again_and_again(database: Database) -> None:
    """Ever more seldom: a busy machine gets nothing done between two cuts that are close."""
    pause = 0.7
    while True:
        await ask(database, CUT_ALL)
        await asyncio.sleep(pause)
        pause *= 1.2


async def intent_or_none(shop: Shop, token: str) -> str | None:
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        answer = await response.json()
        return str(answer["client_secret"]).split("_secret_")[0] if response.status == 200 else None


async def test_a_shop_waits_for_its_database_and_goes_on(
    server: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    url = await fresh_postgres_database(server.url, "away")
    async with running_shop({"DATABASE_URL": url}) as shop:
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        await asyncio.to_thread(server.stop)
        shop.stripe.pay(intent_id)
        await until(lambda: was_refused(shop), "a webhook to be refused")
        assert await status_of(shop, "/readyz") == 503
        assert await status_of(shop, "/healthz") == 200
        shop.telegram.say(BEN, "/orders")
        await asyncio.to_thread(server.start)
        await shop.until_status(token, "paid")
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
        await shop.telegram.wait_for(BEN, lambda one: bool(one.document and "guide" in one.document.filename))
        await shop.telegram.wait_for(BEN, lambda one: "19.00" in one.text and "orders" not in one.text)
        assert await status_of(shop, "/readyz") == 200
    assert "Traceback" not in caplog.text


async def test_a_shop_ends_in_peace_while_its_database_is_away(server: EmbeddedPostgres) -> None:
    url = await fresh_postgres_database(server.url, "ending")
    async with asyncio.timeout(40):
        async with running_shop({"DATABASE_URL": url}) as shop:  # its end asserts that the exit code is 0
            await shop.ask(BEN, "/start guide")
            await asyncio.to_thread(server.stop)


async def was_refused(shop: Shop) -> bool:
    return any(attempt.status == 503 for attempt in shop.stripe.attempts)


async def status_of(shop: Shop, path: str) -> int:
    async with shop.http.get(shop.url + path) as response:
        return response.status


async def test_a_replica_that_stands_still_in_a_transaction_holds_the_others_up_for_a_moment_only(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(db.engine.postgres.SETTINGS, "idle_in_transaction_session_timeout", "300ms")
    database_url = parse_database_url(await fresh_postgres_database(postgres_url, "standing"))
    one, other = await open_database(database_url), await open_database(database_url)
    stuck = asyncio.Event()

    async def stand_still() -> None:
        async with one.begin() as connection:
            await connection.lock("recording")
            stuck.set()
            await asyncio.Event().wait()

    standing = asyncio.create_task(stand_still())
    await stuck.wait()
    async with asyncio.timeout(10), other.begin() as connection:
        await connection.lock("recording")
    standing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await standing
    for database in (one, other):
        await database.close()


class Valve:
    """Stands between a client and the server's socket; closed, it swallows everything and says nothing."""

    def __init__(self, url: str, folder: Path) -> None:
        self._socket = Path(url.partition("host=")[2]) / ".s.PGSQL.5432"
        self._folder = folder
        self.url = url.replace(str(self._socket.parent), str(folder))
        self.open = asyncio.Event()
        self.open.set()
        self._pumping: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Valve"]:
        listener = await asyncio.start_unix_server(self._serve, self._folder / ".s.PGSQL.5432")
        yield self
        listener.close()
        for task in self._pumping:
            task.cancel()
        await asyncio.gather(*self._pumping, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, questions = await asyncio.open_unix_connection(self._socket)
        for source, target in ((client, questions), (server, answers)):
            self._pumping.add(asyncio.create_task(self._pump(source, target)))

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self.open.wait()
                target.write(data)
                await target.drain()
        finally:
            target.close()


async def test_a_frozen_server_is_given_up_in_time_and_reached_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONNECT_SECONDS", "STATEMENT_SECONDS"):
        monkeypatch.setattr(db.engine.postgres, name, 0.5)
    url = await fresh_postgres_database(postgres_url, "frozen")
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        async with Valve(url, Path(folder)).listening() as valve:
            database = await open_database(parse_database_url(valve.url))
            valve.open.clear()
            async with asyncio.timeout(10):
                # More than the pool has connections: those in line are not stuck behind the frozen ones.
                assert await asyncio.gather(*(works(database) for _ in range(20))) == [False] * 20
            valve.open.set()
            await until(lambda: works(database), "the database to be reached again")
            valve.open.clear()
            async with asyncio.timeout(10):
                await database.close()
