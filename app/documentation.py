"""docs/settings.md and docs/commands.md, made of the program itself: ``python -m app.documentation`` writes both."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.command_line import parser
from app.command_words import COMMANDS, EXIT_CODES
from app.settings import DEFAULTS, FORMS
from app.settings_meanings import MEANINGS
from app.settings_values import LOOKS

MADE = "<!-- Made by `make docs` from the code: change it there. -->\n\n"
SETTINGS = f"""# Settings

{MADE}From the environment, or from `.env` in the folder where `checkout-bot` is started; the environment goes first,
but for what is empty there. For each of them `NAME_FILE` may name a file with the value, as Docker secrets do. All
mistakes are said at once, a line each; no secret is printed or logged, and one that can be guessed is refused.
`checkout-bot setup` writes what it can.

| name | default | what it is for | what it looks like |
| --- | --- | --- | --- |
"""
HEAD = f"""# Commands

{MADE}`checkout-bot --help` and `checkout-bot COMMAND --help` say the same. Each reads its [settings](settings.md)
from the folder where it is started.

| exit code | |
| --- | --- |
"""


def pages() -> Mapping[str, str]:
    """The text of each page, by its name in docs/."""
    return {"settings.md": settings_page(), "commands.md": commands_page()}


def settings_page() -> str:
    return SETTINGS + "".join(
        f"| `{name}` | {_default(name)} | {_cell(MEANINGS[name])} | {_cell(LOOKS.get(name, ''))} |\n" for name in FORMS
    )


def _default(name: str) -> str:
    if name not in DEFAULTS:
        return "must be given"
    return f"`{DEFAULTS[name]}`" if DEFAULTS[name] else "none"


def commands_page() -> str:
    codes = "".join(f"| {code} | {_cell(meaning)} |\n" for code, meaning in EXIT_CODES.items())
    return HEAD + codes + "".join(_section(name, one) for name, one in subparsers().items())


def subparsers() -> Mapping[str, argparse.ArgumentParser]:
    """Each command's own parser. argparse has no public way to ask for them."""
    whole = parser()
    found = next(one for one in whole._actions if isinstance(one, argparse._SubParsersAction))
    return found.choices


def _section(name: str, one: argparse.ArgumentParser) -> str:
    words = COMMANDS[name]
    rows = "".join(_rows(one._actions))
    table = f"| | |\n| --- | --- |\n{rows}\n" if rows else ""
    examples = "".join(f"{line}\n" for line in words.examples)
    return f"\n## {name}\n\n{_sentence(words.says)} {words.more}\n\n{table}```sh\n{examples}```\n"


def _rows(actions: Iterable[argparse.Action]) -> Iterable[str]:
    for action in actions:
        if not isinstance(action, argparse._HelpAction | argparse._VersionAction):
            yield f"| `{_written(action)}` | {_cell(action.help or '')} |\n"


def _written(action: argparse.Action) -> str:
    shown = str(action.metavar or "")
    return f"{action.option_strings[0]} {shown}".strip() if action.option_strings else shown


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    folder = Path(__file__).parents[1] / "docs"
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
