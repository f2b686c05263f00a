"""docs/settings.md and docs/commands.md are the program's own words, and every command in the documents is one."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.command_line import parser
from app.command_words import COMMANDS
from app.documentation import pages, subparsers
from app.settings import DEFAULTS, FORMS
from app.settings_meanings import MEANINGS
from db.maintenance.versions import this_version
from tests.support.source_tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# The user, the unit and the folder are called so too.
PROGRAM = re.compile(r"(?<![\w-])(?<! -[ugo] )(?<!--now )(?<!enable )(?<!lib/)checkout-bot (?=[a-z-])")
PLACEHOLDERS = {"FROM": "sqlite:///old.db", "TO": "sqlite:///new.db", "N": "8000", "COMMAND": "check"}
HEAVY = {"aiogram", "aiohttp", "stripe", "resend", "sqlalchemy", "alembic", "aiosqlite", "asyncpg", "reportlab", "PIL"}
HEAVY |= {"jinja2", "babel", "pydantic", "prometheus_client", "msgspec", "dns"}


@pytest.mark.parametrize("name", ["settings.md", "commands.md"])
def test_page_says_what_the_program_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "stale: run make docs"


def test_every_setting_is_explained_and_nothing_else() -> None:
    assert MEANINGS.keys() == FORMS.keys()
    assert DEFAULTS.keys() <= FORMS.keys()
    assert subparsers().keys() == COMMANDS.keys()


def test_every_secret_has_its_rotation() -> None:
    text = (ROOT / "docs/looking-after-it.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert told >= {name for name in FORMS if name.endswith(("_TOKEN", "_KEY", "_SECRET"))}


def test_example_file_names_every_setting_but_where_the_services_are() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert FORMS.keys() - named == {"TELEGRAM_API_URL", "STRIPE_API_URL", "RESEND_API_URL", "STRIPE_JS_URL"}
    assert named <= FORMS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_examples_that_are_right(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([name, "--help"])
    assert ended.value.code == 0
    assert f"example: {COMMANDS[name].examples[0]}" in capsys.readouterr().out
    for example in COMMANDS[name].examples:
        assert shlex.split(example)[:2] == ["checkout-bot", name]
        parser().parse_args(shlex.split(example)[1:])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_tells_the_version(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([name, "--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"checkout-bot {this_version()}\n"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_of_documents_are_commands(document: Path) -> None:
    for arguments in commands_of(document):
        assert _is_right(arguments), f"{document.name}: checkout-bot {shlex.join(arguments)}"


def test_commands_are_found_in_documents() -> None:
    found = [arguments for document in DOCUMENTS for arguments in commands_of(document)]
    assert {arguments[0] for arguments in found if arguments} >= COMMANDS.keys()
    assert not _is_right(["serv"])
    assert not _is_right(["export", "--sinse", "3d", "a.csv"])
    assert not _is_right(["copy", "FROM"])


def commands_of(document: Path) -> Iterator[list[str]]:
    """The arguments of each: in blocks of code a line, within a sentence what stands between backticks."""
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            yield from _commands_in(line)
    for span in re.findall(r"`([^`]+)`", BLOCK.sub("", text)):
        yield from _commands_in(span.replace("\n", " "))


def _commands_in(code: str) -> Iterator[list[str]]:
    plain = re.sub(r"\$\([^)]*\)", "x", code)
    for found in PROGRAM.finditer(plain):
        rest = re.split(r"&&|\|\||[;#>|]", plain[found.end() :])[0].strip()
        yield shlex.split(_without_open_quotes(rest))


def _without_open_quotes(text: str) -> str:
    """The quote may have begun before the command: sh -c 'cd … && checkout-bot setup'."""
    for quote in ("'", '"'):
        text = text[: text.rindex(quote)] if text.count(quote) % 2 else text
    return text


def _is_right(arguments: list[str]) -> bool:
    """A command that is only named needs no arguments; `[--since 3d]` is what may be left out."""
    if arguments[0] in COMMANDS and len(arguments) == 1:
        return True
    given = [PLACEHOLDERS.get(word, word) for word in (one.strip("[]") for one in arguments)]
    try:
        parser().parse_args(given)
    except SystemExit as ended:
        return ended.code == 0
    return True


@pytest.mark.parametrize(
    ("arguments", "reason", "remedy"),
    [
        (["check"], "catalog.toml: there is no such file", "where there is none, cd into the shop's folder first"),
        (["migrate"], "BOT_TOKEN is missing", "there is no .env in {here}: cd into the shop's folder first"),
        (["serve"], "BOT_TOKEN is missing", "a new shop begins with checkout-bot setup"),
        (["backup", "copy.db"], "BOT_TOKEN is missing", "there is no .env in {here}: cd into the shop's folder first"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_with_what_helps(
    arguments: list[str],
    reason: str,
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FORMS:
        monkeypatch.delenv(name, raising=False)
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert reason in said.err
    assert remedy.format(here=tmp_path) in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert not said.out


def test_setup_and_doctor_import_no_aiogram() -> None:
    """Its import takes longer than all else that they do before their first question, or finding."""
    modules = "app.setup.run", "app.doctor.examine", "app.doctor.telegram", "app.doctor.storage"
    code = "import sys" + "".join(f"\nimport {one}\nprint('{one}', 'aiogram' in sys.modules)" for one in modules)
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [f"{one} False" for one in modules]


def test_version_imports_nothing_heavy() -> None:
    """Whoever asks for it waits for nothing. A process of its own: here everything is imported already."""
    code = (
        "import sys\nfrom app.cli import main\ntry:\n    main(['--version'])\nexcept SystemExit:\n"
        "    print(*{name.partition('.')[0] for name in sys.modules})"
    )
    shown, imported = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert shown.startswith("checkout-bot ")
    assert HEAVY.isdisjoint(imported.split())
