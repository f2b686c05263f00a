"""What `backup`, `copy`, `export`, `migrate` and `reconcile` report and refuse, in the language of the terminal."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import main
from db.maintenance.schema import newest_revision
from tests.support.project import CATALOG_FILE
from tests.support.settings import GOOD_SETTINGS

POSTGRES = "postgresql://shop@127.0.0.1:1/shop"


@pytest.fixture(autouse=True)
def shop(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its folder, with a Russian in front of it."""
    monkeypatch.chdir(sqlite_file.parent)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    database = f"sqlite:///{sqlite_file.name}"
    settings = {**GOOD_SETTINGS, "DATABASE_URL": database, "CATALOG": str(CATALOG_FILE), "LANG": "ru_RU.UTF-8"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return sqlite_file.parent


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("backup copy.db", ["copy.db: ", " МБ, 0 платежей, схема ", ", проверено."]),
        ("export payments.csv", ["payments.csv: 0 платежей."]),
        ("migrate", [f"база SQLite shop.db: схема {newest_revision()}."]),
        (
            "copy sqlite:///shop.db sqlite:///new.db",
            ["payments             строк:            0", "сверено строка за строкой", "не запускайте его со старой"],
        ),
    ],
)
def test_what_is_done(capsys: pytest.CaptureFixture[str], command: str, said: list[str]) -> None:
    assert main(command.split()) == 0
    heard = capsys.readouterr().out
    assert all(part in heard for part in said), heard


@pytest.mark.parametrize(
    ("command", "database", "said"),
    [
        ("backup -", "sqlite:///shop.db", "«-» — не файл: назовите файл."),
        ("backup copy.db", "sqlite:///none.db", "none.db ещё нет"),
        ("backup none/copy.db", "sqlite:///shop.db", "/none нет"),
        ("backup shop.db", "sqlite:///shop.db", "shop.db — это сама база: выберите другой файл"),
        ("backup folder", "sqlite:///shop.db", "folder — папка: назовите файл в ней, например "),
        ("backup notes.txt", "sqlite:///shop.db", "notes.txt уже есть, и это не копия базы"),
        ("backup copy.db", POSTGRES, "база — PostgreSQL, а у неё для этого своя программа"),
        ("export payments.xlsx", "sqlite:///shop.db", "как .xlsx его не откроет ни один редактор таблиц"),
        ("export notes.txt", "sqlite:///shop.db", "notes.txt уже есть, и это не выгрузка платежей"),
        ("copy sqlite:///none.db sqlite:///new.db", "sqlite:///shop.db", "none.db нет"),
        ("copy sqlite:///shop.db sqlite:///shop.db", "sqlite:///shop.db", "база SQLite shop.db: саму в себя не скоп"),
        ("export payments.csv", POSTGRES, "база PostgreSQL shop на 127.0.0.1 не работает"),
        ("copy sqlite:///shop.db sqlite:///other.db", "sqlite:///shop.db", "таблицы чего-то другого (notes)"),
    ],
)
def test_what_is_refused(
    shop: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    database: str,
    said: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    (shop / "folder").mkdir()
    (shop / "notes.txt").write_text("milk, eggs")
    with closing(sqlite3.connect(shop / "other.db")) as other:
        other.execute("CREATE TABLE notes (id)")
    assert main(command.split()) == 1
    heard = capsys.readouterr().err
    assert heard.startswith("Не получилось:\n  ")
    assert said in heard
