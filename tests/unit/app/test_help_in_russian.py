"""`--help`, and what is wrong with a command line, in the language of the terminal."""

import argparse
from collections.abc import Iterator

import pytest

from app.cli import main
from app.command_line import parser
from app.command_words import COMMANDS
from messages.language.i18n import texts

CYRILLIC = set("абвгдежзийклмнопрстуфхцчшщыьэюя")


@pytest.fixture
def _in_russian(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")


def words_of(one: argparse.ArgumentParser) -> Iterator[str]:
    yield one.description or ""
    yield (one.epilog or "").splitlines()[0]
    for action in one._actions:
        if action.help not in (None, argparse.SUPPRESS) and not isinstance(action, argparse._HelpAction):
            yield action.help or ""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_sentence_of_it_is_russian(command: str) -> None:
    whole = parser(texts("commands", "ru"))
    commands = next(one for one in whole._actions if isinstance(one, argparse._SubParsersAction))
    found = list(words_of(commands.choices[command] if command else whole))
    assert len(found) >= 2
    assert [words for words in found if not CYRILLIC & set(words)] == []
    assert all(CYRILLIC & set(one.help or "") for one in commands._choices_actions)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("--help", 0, ["как вызвать: checkout-bot [-h]", "параметры:\n", "показать эту справку", "коды завершения:"]),
        ("setup --help", 0, ["первый каталог:\n", "название магазина", "пример: checkout-bot setup"]),
        ("export", 2, ["checkout-bot export: ошибка: не хватает: FILE.csv"]),
        ("sell", 2, ["'sell' не бывает; есть: "]),
        ("sandbox --port 99999", 2, ["--port: порт — число от 1 до 65534"]),
        ("reconcile --since 3x", 2, ["--since: не подходит; нужен срок вроде 90s"]),
        ("copy sqlite:///~/a sqlite:///b", 2, ["содержит ~ в начале пути"]),
        ("check --all", 2, ["ошибка: непонятно: --all"]),
    ],
)
@pytest.mark.usefixtures("_in_russian")
def test_whoever_asks_and_whoever_slips_reads_russian(
    capsys: pytest.CaptureFixture[str], command: str, code: int, said: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    heard = capsys.readouterr()
    assert ended.value.code == code
    assert all(words in heard.out + heard.err for words in said), heard
    # It was lent for this one command line.
    assert argparse.ArgumentParser().format_usage().startswith("usage: ")


def test_a_narrow_terminal_reads_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for name in ("en", "ru"):
        whole = parser(texts("commands", name))
        commands = next(one for one in whole._actions if isinstance(one, argparse._SubParsersAction))
        for one in commands.choices.values():
            assert max(map(len, (one.description or "").splitlines())) <= 40
