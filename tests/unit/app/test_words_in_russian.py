"""What stops a command is said in the language of the terminal."""

from pathlib import Path

import pytest

from app.cli import main

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
currency = "XXX"
kind = "soft"
image = 3
"""


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
        ("flag = True", "true и false пишут строчными буквами"),
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
