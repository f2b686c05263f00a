"""What stops a command is said in the language of the terminal."""

import errno
from pathlib import Path
from unittest.mock import Mock

import pytest

from app.cli import _COMMANDS, main
from app.commands.serve import WHAT_HELPS
from checkout.sentence import in_language, t, words_of
from db.engine.file_lock import AlreadyServed, sole_server
from db.maintenance.shop_identity import SHOP_ID, Other
from messages.language.i18n import texts

BROKEN = """[shop]
id = "лавка"
name = "Ночная"
seller = "東京"
timezone = "Europe/Talinn"
colour = 1
[[product]]
sku = "гид"
title = "Гид"
price = "0.10"
currency = "eur"
files = ["files\\\\guide.pdf"]
available = "да"
[[product]]
sku = "b"
title = { en = "B", de = "B" }
price = "19,000"
currency = "QQQ"
kind = "soft"
image = 3
"""
SOLD = """[shop]
id = "x"
name = "Ночная"
support = "@x"
seller = "Мы"
[[product]]
sku = "a"
title = "Гид"
price = "1"
currency = "eur"
"""
RUSSIAN = texts("commands", "ru")


@pytest.fixture(autouse=True)
def _in_russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "CATALOG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")


def said(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    assert main(command) == 1
    return capsys.readouterr().err.splitlines()


def is_russian(line: str) -> bool:
    return bool(set("абвгдежзиклмнопрстуфхцчшщыьэюя") & set(line))


def test_every_mistake_of_a_catalogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.toml").write_text(BROKEN, encoding="utf-8")
    heading, *mistakes, helps = said(capsys, "check")
    assert heading == "Исправьте каталог:"
    assert (
        "  catalog.toml: строка 5: shop.timezone: 'Europe/Talinn' — не часовой пояс; пишите, например, Europe/Tallinn"
        in mistakes
    )
    assert "  catalog.toml: строка 10 (гид): product 1.price: 0.10 eur: меньше 0.50 EUR Stripe не списывает" in mistakes
    assert len(mistakes) == 12
    assert all(is_russian(line.partition(": строка")[2].partition(": ")[2]) for line in mistakes)
    assert helps.startswith("  Что делать: ")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("id = “x”", "тексты и цены пишут в прямых кавычках"),
        ('id = "x', "текст заканчивается на своей строке той же кавычкой"),
        ("flag = True", "Invalid value (строка 2, столбец 8); true и false пишут строчными буквами"),
    ],
)
def test_what_is_no_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, hint: str) -> None:
    (tmp_path / "catalog.toml").write_text(f"[shop]\n{text}\n", encoding="utf-8")
    assert hint in said(capsys, "check")[1]


def test_every_mistake_of_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("PORT=x\nADMIN_ID=3\nPUBLIC_URL=http://shop\nRESEND_API_KEY=sk_test_1\nwhat?\n")
    heading, *mistakes = said(capsys, "serve")
    assert heading == "Исправьте эти настройки (в окружении или в .env):"
    assert "  BOT_TOKEN не задан; нужно: токен от @BotFather, например 123456789:AAE..." in mistakes
    assert "  .env: строку 5 не разобрать: пишите ИМЯ=значение, а кавычки — с обеих сторон" in mistakes
    assert len(mistakes) > 8
    assert all(map(is_russian, mistakes))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://host/shop", "не подходит; должен выглядеть как sqlite:///data/checkout.db"),
        ("postgresql://shop:p@ss@host/shop", "содержит в пароле @ / ? или #"),
        ("sqlite:///~/shop.db", "содержит ~ в начале пути"),
        ("sqlite:///shop.db?mode=ro", "содержит «?»"),
        ("postgresql://host/shop?sslmod=require", "содержит параметр 'sslmod'"),
        ("postgresql://host/shop?sslmode=on", "содержит неверный sslmode: бывает disable"),
        ("postgresql://host/shop?user=", "содержит неверный user: он пуст"),
    ],
)
def test_where_the_database_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    (line,) = [one for one in said(capsys, "serve") if "DATABASE_URL" in one]
    assert line.startswith(f"  DATABASE_URL {reason}")


@pytest.mark.parametrize("name", ["catalog.toml", ".env"])
def test_a_folder_in_the_place_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / name).mkdir()
    assert "не читается: это пустая папка (её создаёт Docker" in said(capsys, "check")[1]


def test_what_a_receipt_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.toml").write_text(SOLD.replace("Ночная", "Ночь 東"), encoding="utf-8")
    assert "shop.name: в квитанции не показать 東 (китайский или японский); годятся" in said(capsys, "check")[1]
    (tmp_path / "catalog.toml").write_text(SOLD.replace("Ночная", "Ночь ★"), encoding="utf-8")
    assert main(["check"]) == 0
    heard = capsys.readouterr()
    assert heard.out == "catalog.toml: Ночь ★, 1 товар. Ошибок нет.\n"
    assert heard.err == "catalog.toml: shop.name: в квитанции не будет ★ (black star)\n"


def test_a_mistake_of_two_lines_stands_below_its_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "catalog.toml").write_text(f'"a\\nb" = 1\n{SOLD}', encoding="utf-8")
    heading, *lines = said(capsys, "check")
    assert (heading, len(lines)) == ("Исправьте каталог:", 3)
    assert all(line.startswith("  ") for line in lines)


@pytest.mark.parametrize(
    ("other", "helps"),
    [
        (Other(SHOP_ID, "лавка", "b"), 'верните id = "лавка" в раздел [shop]'),
        (Other("mode", "test", "live"), "дайте магазину в режиме live отдельную базу"),
    ],
)
def test_whose_database_it_is(other: Other, helps: str) -> None:
    assert is_russian(other.finding.said(RUSSIAN))
    assert other.what_helps.said(RUSSIAN).startswith(helps)


def test_who_serves_it_already(tmp_path: Path) -> None:
    with sole_server(tmp_path / "shop.db"), pytest.raises(AlreadyServed) as served, sole_server(tmp_path / "shop.db"):
        pass
    assert "уже открыт другим `checkout-bot serve`" in in_language(words_of(served.value), RUSSIAN)


def test_what_the_machine_refuses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = t("HOST {host}, PORT {port}: {reason}; what helps: {helps}", host="::1", port=80, reason="In use",
              helps=WHAT_HELPS[errno.EADDRINUSE])  # fmt: skip
    monkeypatch.setitem(_COMMANDS, "check", Mock(side_effect=OSError(words)))
    assert said(capsys, "check")[1].startswith("  HOST ::1, PORT 80: In use; что делать: остановите то, что там слуша")
