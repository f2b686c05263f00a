"""Copies everything from one database into an empty one, and compares the two before anything is kept."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from checkout.sentence import t
from db.copying.postgres_side import PostgresSide, postgres_source, postgres_target
from db.copying.side import CopyRefused, Digest, Rows, Side, Sold, Table, Target
from db.copying.sqlite_side import SqliteSide, sqlite_source, sqlite_target
from db.engine.database_url import DatabaseUrl
from db.engine.file_lock import sole_server
from db.maintenance.migrate import current_revision, migrate, newest_revision

# Is told how much of 1 is done, and what is being done.
Watch = Callable[[float, str], None]
# Their parts of the time; indexes are built in between.
WRITING, READING = 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Copied:
    """``rows`` of each table, and what was sold: the same on both sides."""

    rows: dict[str, int]
    sold: list[Sold]


async def copy_database(old: DatabaseUrl, new: DatabaseUrl, watch: Watch) -> Copied:
    """Raises CopyRefused, AlreadyServed and ServiceUnavailable; then ``new`` holds no row."""
    _refuse_files(old, new)
    with sole_server(old.file), sole_server(new.file):
        async with _opened(old, sqlite_source, postgres_source) as source:
            await _refuse_source(source, old)
            await _refuse_target(new)
            await migrate(new)
            async with _opened(new, sqlite_target, postgres_target) as target:
                return await _copy(source, target, watch)


async def _copy(source: Side, target: Target, watch: Watch) -> Copied:
    tables = await _tables_of_both(source, target)
    whole = sum([await source.count(table) for table in tables])
    written = Tally(whole, lambda part, what: watch(part * WRITING, f"copying {what}"))
    read = Tally(whole, lambda part, what: watch(1 - (1 - part) * READING, f"comparing {what}"))
    await target.drop_indexes()
    for table in tables:
        async for rows in source.rows(table):
            await target.add(table, rows)
            written.add(table, rows)
    await target.build_indexes(lambda: watch(WRITING, "building indexes"))
    for table in tables:
        async for rows in target.rows(table):
            read.add(table, rows)
    sold = await source.sold()
    if written.digests != read.digests or sold != await target.sold():
        differing = [name for name, digest in written.digests.items() if read.digests.get(name) != digest]
        words = t(
            "what was read back differs from what was written ({tables}): nothing is kept", tables=", ".join(differing)
        )
        raise CopyRefused(words)
    await target.keep()
    return Copied({table.name: written.digests[table.name].rows for table in tables}, sold)


class Tally:
    """The digests of all tables, and how far along ``whole`` rows they are."""

    def __init__(self, whole: int, watch: Watch) -> None:
        self._whole, self._watch, self._rows = max(1, whole), watch, 0
        self.digests: dict[str, Digest] = defaultdict(Digest)

    def add(self, table: Table, rows: Rows) -> None:
        self.digests[table.name].add(rows)
        self._rows += len(rows)
        self._watch(self._rows / self._whole, table.name)


async def _tables_of_both(source: Side, target: Side) -> list[Table]:
    """As the source has them, which is as the target has them: both are at the newest schema."""
    ours, theirs = await source.tables(), await target.tables()
    if {one.name: one.columns for one in ours.values()} != {one.name: one.columns for one in theirs.values()}:
        words = t("the two schemas differ, though both call themselves the newest: somebody has changed one")
        raise CopyRefused(words)
    return list(ours.values())


def _refuse_files(old: DatabaseUrl, new: DatabaseUrl) -> None:
    if old.file is not None and not old.file.is_file():
        raise CopyRefused(t("there is no database at {path}", path=old.file.absolute()))
    if old.url == new.url or (old.file and new.file and new.file.exists() and old.file.samefile(new.file)):
        raise CopyRefused(t("{database} cannot be copied into itself", database=old.shown))


async def _refuse_source(source: Side, address: DatabaseUrl) -> None:
    revision = await current_revision(address)
    if revision is None:
        raise CopyRefused(t("there is no shop in {database}", database=address.shown))
    if revision != newest_revision():
        words = t(
            "{database} is at schema {revision}, not at {newest}: set DATABASE_URL to it and run `checkout-bot migrate`"
            " first",
            database=address.shown,
            revision=revision,
            newest=newest_revision(),
        )
        raise CopyRefused(words)
    await _refuse_served(source, address)


async def _refuse_target(address: DatabaseUrl) -> None:
    """Before it is touched: it may be another shop's, or hold what is none at all."""
    if address.file is not None and (not address.file.exists() or not address.file.stat().st_size):
        return
    async with _opened(address, sqlite_source, postgres_source) as target:
        await _refuse_served(target, address)
        tables = await target.tables()
        if tables and await current_revision(address) is None:
            words = t(
                "{database} is not empty: it has tables of something else ({tables})",
                database=address.shown,
                tables=", ".join(tables),
            )
            raise CopyRefused(words)
        for table in tables.values():
            if rows := await target.count(table):
                words = t(
                    "{database} is not empty: {table} has {rows:,} rows; take a new database",
                    database=address.shown,
                    table=table.name,
                    rows=rows,
                )
                raise CopyRefused(words)


async def _refuse_served(side: Side, address: DatabaseUrl) -> None:
    if await side.is_served():
        words = t(
            "a shop has {database} open: stop it first, or the copy misses what it still takes in",
            database=address.shown,
        )
        raise CopyRefused(words)


@asynccontextmanager
async def _opened(
    address: DatabaseUrl,
    sqlite: Callable[[Path], AbstractContextManager[SqliteSide]],
    postgres: Callable[[DatabaseUrl], AbstractAsyncContextManager[PostgresSide]],
) -> AsyncIterator[Target]:
    if address.file is not None:
        with sqlite(address.file) as file:
            yield file
    else:
        async with postgres(address) as server:
            yield server
