"""`checkout-bot backup FILE`: whole copies of a busy shop, refusals, and an older copy that nothing harms."""

import asyncio
import itertools
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import db.maintenance.sqlite_backup
from app.cli import main
from db.engine.database_url import parse_database_url
from db.maintenance.migrate import migrate, newest_revision
from db.maintenance.sqlite_backup import COMPANIONS, CopyFailed, copy, examined
from tests.support.project import ROOT
from tests.support.settings import GOOD_SETTINGS

# Stops inside the copying (or the checking, if that is its argument) until somebody presses a key.
OLDER = "SQLite format 3\0 an older copy"
SLOW = """
import sys, app.commands.backup, db.maintenance.sqlite_backup
from app.cli import main
db.maintenance.sqlite_backup.STEPS_BETWEEN_LOOKS = 100
def wait(self, text):
    if str(text).startswith(sys.argv[1]):
        print(text, flush=True)
        sys.stdin.readline()
app.commands.backup.Progress.show = wait
sys.exit(main(["backup", sys.argv[2]]))
"""
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def shop_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a few megabytes in it; the command's settings name it."""
    file = tmp_path / "checkout.db"
    asyncio.run(migrate(parse_database_url(f"sqlite:///{file}")))
    with closing(opened(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO marks VALUES (?, ?, '')", [(f"old {n}", "x" * 300) for n in range(9000)])
        connection.execute("COMMIT")
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{file}"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return file


def opened(file: Path) -> sqlite3.Connection:
    # Nobody waits for a lock in these tests: whoever is held up fails.
    return sqlite3.connect(file, isolation_level=None, timeout=0)


def values(file: Path, query: str) -> set[Any]:
    with closing(opened(file)) as connection:
        return {row[0] for row in connection.execute(query)}


def beside(file: Path) -> list[str]:
    return sorted(one.name for one in file.parent.iterdir() if one.name.startswith(f".{file.name}."))


def test_a_commit_between_any_two_steps_neither_waits_nor_starts_the_copy_anew(
    shop_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.maintenance.sqlite_backup, "STEPS_BETWEEN_LOOKS", 2000)
    numbers = itertools.count()
    with closing(opened(shop_database)) as writer:
        writer.execute("INSERT INTO marks VALUES ('just before', '', '')")

        def commit() -> None:
            writer.execute("INSERT INTO marks VALUES (?, '', '')", (f"during {next(numbers)}",))

        copy(shop_database, tmp_path / "copy.db", commit)
        during = next(numbers)
    assert during > 5
    kept = values(tmp_path / "copy.db", "SELECT name FROM marks")
    assert kept == {*(f"old {n}" for n in range(9000)), "just before"}
    assert len(values(shop_database, "SELECT name FROM marks")) == len(kept) + during


def test_the_copy_is_one_private_file_that_replaces_an_older_one(
    shop_database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "copies" / "backup.db"
    backup.parent.mkdir()
    backup.write_text(OLDER)
    backup.chmod(0o644)
    link = tmp_path / "newest"
    link.symlink_to(backup)
    assert main(["backup", str(link)]) == 0
    said = capsys.readouterr()
    assert f"0 payments, schema {newest_revision()}, checked" in said.out
    assert said.err == "", "no progress where nobody watches"
    assert link.is_symlink()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [one.name for one in backup.parent.iterdir()] == ["backup.db"]
    assert backup.read_bytes()[18:20] == b"\x01\x01", "rollback mode: it needs no -wal beside it"
    assert values(backup, "PRAGMA integrity_check") == {"ok"}


def test_the_terminal_shows_how_far_it_is(
    shop_database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(db.maintenance.sqlite_backup, "STEPS_BETWEEN_LOOKS", 100)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["backup", "backup.db"]) == 0
    shown = capsys.readouterr().err.split("\r\x1b[K")
    assert {"copying 0 %", "checking the copy"} <= set(shown)
    assert len([text for text in shown if text.startswith("copying")]) > 5
    assert shown[-1] == "", "the line is wiped at the end"


@pytest.mark.parametrize("ending", ["", ".serve.lock", *COMPANIONS])
def test_the_database_itself_is_never_written_over(
    ending: str, shop_database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = shop_database.read_bytes()
    assert main(["backup", f"{shop_database}{ending}"]) == 1
    assert "is the database itself" in capsys.readouterr().err
    os.link(shop_database, "another-name.db")
    assert main(["backup", "another-name.db"]) == 1
    assert shop_database.read_bytes() == before


def test_what_cannot_work_is_refused_with_its_reason(
    shop_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refusal(file: str) -> str:
        assert main(["backup", file]) == 1
        return capsys.readouterr().err

    assert f"{tmp_path} is a folder: name a file in it" in refusal(str(tmp_path))
    assert "is no file: name one" in refusal("-")
    assert f"the folder {tmp_path}/nowhere does not exist" in refusal("nowhere/backup.db")
    assert "/dev/null is no regular file" in refusal("/dev/null")
    assert "File name too long" in refusal("x" * 250)
    Path("catalog.toml").write_text("[shop]")
    assert "catalog.toml is there, and no copy of a database" in refusal("catalog.toml")
    assert Path("catalog.toml").read_text() == "[shop]"
    (tmp_path / "other.db-wal").touch()
    assert "a program uses it as its database" in refusal("other.db")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _folder: Usage(9, 9, 1_000_000))
        assert "has 1.0 MB free; " in refusal("backup.db")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing.db")
    assert f"there is no database at {tmp_path}/missing.db" in refusal("backup.db")
    assert not Path("missing.db").exists()
    assert not Path("backup.db").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "there is no shop in this database"), (b"no database at all" * 1000, "file is not a database")],
)
def test_what_is_no_shops_database_does_not_replace_a_good_copy(
    content: bytes, reason: str, shop_database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("backup.db").write_text(OLDER)
    shop_database.write_bytes(content)
    assert main(["backup", "backup.db"]) == 1
    assert reason in capsys.readouterr().err
    assert Path("backup.db").read_text() == OLDER
    assert beside(tmp_path / "backup.db") == []


def test_a_damaged_database_does_not_replace_a_good_copy(
    shop_database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("backup.db").write_text(OLDER)
    pages = shop_database.stat().st_size // 4096
    with shop_database.open("r+b") as raw:
        for page in range(pages // 4, pages // 2):
            raw.seek(page * 4096)
            raw.write(b"\xa5" * 4096)
    assert main(["backup", "backup.db"]) == 1
    assert "malformed" in capsys.readouterr().err
    assert Path("backup.db").read_text() == OLDER


def test_a_copy_whose_index_disagrees_with_its_table_is_not_sound(shop_database: Path) -> None:
    with closing(opened(shop_database)) as connection:
        connection.executescript("""
            PRAGMA writable_schema=ON;
            CREATE TABLE odd (a, b); INSERT INTO odd VALUES (1, 2); CREATE INDEX odd_a ON odd (a);
            UPDATE sqlite_master SET sql = 'CREATE INDEX odd_a ON odd (b)' WHERE name = 'odd_a';
        """)
    with pytest.raises(CopyFailed, match=r"the copy is not sound.*odd_a"):
        examined(shop_database, lambda: None)


def test_a_row_that_points_nowhere_is_found(shop_database: Path) -> None:
    with closing(opened(shop_database)) as connection:
        connection.execute("CREATE TABLE child (mark TEXT REFERENCES marks (name))")
        connection.execute("INSERT INTO child VALUES ('nobody')")
    with pytest.raises(CopyFailed, match="child points to a missing row of marks"):
        examined(shop_database, lambda: None)


def test_on_postgresql_the_command_for_pg_dump_is_said_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    url = "postgresql://shop:s3cret%40@db.example.org:5433/shop?sslmode=require&password=s3cret"
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    assert main(["backup", "my copy.dump"]) == 1
    said = capsys.readouterr()
    assert "s3cret" not in said.out + said.err
    shown = "'--dbname=postgresql://shop@db.example.org:5433/shop?sslmode=require'"
    assert f"pg_dump --format=custom '--file=my copy.dump' {shown}" in said.err


@contextmanager
def halted(moment: str) -> Iterator["subprocess.Popen[str]"]:
    """A real `checkout-bot backup backup.db` that stands still in the middle."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SLOW, moment, "backup.db"]
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert process.stdout.readline().startswith(moment)
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("moment", ["copying", "checking"])
def test_a_kill_in_the_middle_leaves_the_older_copy_whole(moment: str, shop_database: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    assert main(["backup", "backup.db"]) == 0
    older = backup.read_bytes()
    with closing(opened(shop_database)) as writer:
        writer.execute("INSERT INTO marks VALUES ('newer', '', '')")
    with halted(moment) as process:
        process.kill()
        process.wait(30)
    assert backup.read_bytes() == older
    assert beside(backup) != [], "it was in the middle"
    assert main(["backup", "backup.db"]) == 0
    assert "newer" in values(backup, "SELECT name FROM marks")
    assert beside(backup) != [], "another run may be writing there"
    for name in beside(backup):
        os.utime(tmp_path / name, (time.time() - 7200,) * 2)
    assert main(["backup", "backup.db"]) == 0
    assert beside(backup) == []


@pytest.mark.parametrize("moment", ["copying", "checking"])
def test_ctrl_c_leaves_the_older_copy_and_nothing_else(moment: str, shop_database: Path, tmp_path: Path) -> None:
    Path("backup.db").write_text(OLDER)
    with halted(moment) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert Path("backup.db").read_text() == OLDER
    assert beside(tmp_path / "backup.db") == []
