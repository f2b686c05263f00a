"""Payments as a file: page by page on both databases, in little memory, and by `checkout-bot export`."""

import asyncio
import csv
import io
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli import main
from checkout.model.csv_rows import COLUMNS, heading
from checkout.model.payment import Status
from checkout.reporting.export_payments import PAGE, ExportPayments, Progress, TooLarge, Wanted
from db.engine.database_url import parse_database_url
from db.maintenance.migrate import migrate
from db.storage import DatabaseStorage, DatabaseTransaction, open_database
from tests.support.clock import NOON
from tests.support.payments import delivered_for, keep, one_of_many, under_review
from tests.support.project import ROOT
from tests.support.settings import GOOD_SETTINGS
from tests.support.statistics_data import EVERYTHING, nobody, paid_after


async def exported(storage: DatabaseStorage, wanted: Wanted = EVERYTHING) -> list[dict[str, str]]:
    file = io.BytesIO()
    await ExportPayments(storage).write(wanted, file, nobody)
    return rows(file.getvalue())


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a shop with three payments; the command's settings name its database."""
    asyncio.run(_with_payments(tmp_path))
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def _with_payments(folder: Path) -> None:
    database_url = parse_database_url(f"sqlite:///{folder}/checkout.db")
    await migrate(database_url)
    database = await open_database(database_url)
    now = datetime.now(UTC)
    try:
        await keep(
            DatabaseStorage(database),
            one_of_many(1, at=now - timedelta(days=40)),
            paid_after(2, now - timedelta(days=2), 60),
            one_of_many(3, at=now - timedelta(hours=2)),
        )
    finally:
        await database.close()


def numbers(file: Path) -> list[int]:
    return [int(row["payment_id"][4:]) for row in rows(file.read_bytes())]


@pytest.mark.parametrize(
    ("options", "expected", "said"),
    [
        ([], [1, 2, 3], "3 payments"),
        (["--since", "30d"], [2, 3], "2 payments"),
        (["--status", "paid"], [2], "1 payment"),
        (["--since", "3h"], [3], "1 payment"),
        (["--status", "failed"], [], "0 payments"),
    ],
)
def test_the_command_writes_what_is_asked_for(
    shop: Path, capsys: pytest.CaptureFixture[str], options: Sequence[str], expected: list[int], said: str
) -> None:
    assert main(["export", *options, "payments.csv"]) == 0

    assert numbers(shop / "payments.csv") == expected
    assert capsys.readouterr().out == f"payments.csv: {said}.\n"


def test_the_file_is_its_owners_alone_and_takes_the_place_of_an_older_one(shop: Path) -> None:
    (shop / "payments.csv").write_bytes(heading())

    assert main(["export", "payments.csv"]) == 0
    assert main(["export", "payments.csv"]) == 0

    assert stat.S_IMODE((shop / "payments.csv").stat().st_mode) == 0o600
    assert [one.name for one in shop.iterdir() if "payments" in one.name] == ["payments.csv"]


def test_an_older_file_stays_when_the_new_one_cannot_be_written(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "payments.csv").write_bytes(heading())

    async def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ExportPayments, "write", full)

    assert main(["export", "payments.csv"]) == 1
    assert (shop / "payments.csv").read_bytes() == heading()
    assert [one.name for one in shop.iterdir() if one.suffix == ".part"] == []
    assert "No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("nowhere/payments.csv", "does not exist"),
        (".", "is no regular file"),
        ("checkout.db", "is the database itself"),
        ("contacts.csv", "is there, and no export of payments"),
        ("payments.xlsx", "call it .csv"),
    ],
)
def test_where_no_file_can_be_is_said(shop: Path, capsys: pytest.CaptureFixture[str], file: str, reason: str) -> None:
    (shop / "contacts.csv").write_text("\ufeffdate,email,payment_id\r\n", encoding="utf-8")
    before = [(shop / name).read_bytes() for name in ("checkout.db", "contacts.csv")]

    assert main(["export", file]) == 1

    assert reason in capsys.readouterr().err
    assert [(shop / name).read_bytes() for name in ("checkout.db", "contacts.csv")] == before


def test_a_database_that_is_not_there_is_not_made(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{shop}/other.db")

    assert main(["export", "payments.csv"]) == 1

    assert "there is no database at" in capsys.readouterr().err
    assert not (shop / "other.db").exists()


def test_a_database_that_does_not_answer_is_told_in_a_line(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:a-password@127.0.0.1:1/shop")

    assert main(["export", "payments.csv"]) == 1

    said = capsys.readouterr().err
    assert "cannot be used" in said
    assert said.count("DATABASE_URL") == 1
    assert "a-password" not in said
    assert not (shop / "payments.csv").exists()


@pytest.mark.parametrize("options", [["--since", "yesterday"], ["--status", "sold"], []])
def test_wrong_words_are_refused_with_the_right_ones(
    shop: Path, capsys: pytest.CaptureFixture[str], options: Sequence[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["export", *options, *(["payments.csv"] if options else [])])

    assert "usage: checkout-bot export" in capsys.readouterr().err


def command(shop: Path, shell: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable}
    return subprocess.run(
        ["bash", "-c", shell], cwd=shop, env=environment, capture_output=True, timeout=60, check=False
    )


def test_the_standard_output_gets_the_file_and_nothing_else(shop: Path) -> None:
    done = command(shop, '"$PYTHON" -m app.cli export --status paid -')

    assert (done.returncode, done.stderr) == (0, b"")
    assert [row["status"] for row in rows(done.stdout)] == ["paid"]


def test_a_reader_that_has_enough_is_no_error(shop: Path) -> None:
    asyncio.run(_more(shop))

    done = command(shop, 'set -o pipefail; "$PYTHON" -m app.cli export - | head -c 20')

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"\xef\xbb\xbfdate,")


async def _more(folder: Path) -> None:
    database = await open_database(parse_database_url(f"sqlite:///{folder}/checkout.db"))
    try:
        await keep(DatabaseStorage(database), *(one_of_many(number, at=NOON) for number in range(10, 3000)))
    finally:
        await database.close()
