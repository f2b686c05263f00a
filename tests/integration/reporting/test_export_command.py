"""`checkout-bot export`: the payments as a file that takes another's place only when it is whole."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from app.cli import main
from checkout.model.csv_rows import heading
from checkout.reporting.export_payments import ExportPayments
from db.engine.database_url import parse_database_url
from db.maintenance.migrate import migrate
from db.storage import DatabaseStorage, open_database
from tests.support.clock import NOON
from tests.support.payments import keep, one_of_many
from tests.support.project import CATALOG, CATALOG_FILE, ROOT
from tests.support.settings import GOOD_SETTINGS
from tests.support.statistics_data import paid_after, rows


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a shop with three payments; the command's settings name its database."""
    asyncio.run(_with_payments(tmp_path))
    database = f"sqlite:///{tmp_path}/checkout.db"
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": database, "CATALOG": str(CATALOG_FILE)}.items():
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


@pytest.mark.parametrize(
    ("catalog", "days", "said"),
    [
        (str(CATALOG_FILE), CATALOG.shop.timezone, ""),
        ("without_its_files.toml", CATALOG.shop.timezone, ""),
        ("none.toml", UTC, "days are those of UTC"),
    ],
)
def test_days_are_the_shops_own_while_its_catalogue_can_be_read(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    catalog: str,
    days: tzinfo,
    said: str,
) -> None:
    monkeypatch.setenv("CATALOG", catalog)
    (shop / "without_its_files.toml").write_text(CATALOG_FILE.read_text())

    assert main(["export", "payments.csv"]) == 0

    for row in rows((shop / "payments.csv").read_bytes()):
        made_at = datetime.fromisoformat(row["created_at"]).astimezone(days)
        assert row["date"] == made_at.strftime("%Y-%m-%d %H:%M")
    told = capsys.readouterr().err
    assert said in told if said else not told


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
