"""Ctrl-C in the midst of a command: one line, 130, nothing half-made; and the same command once more goes through.

`serve` and `sandbox` are meant to be ended so: they finish what is in flight and end with 0, as on SIGTERM.
"""

import importlib
import inspect
import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.command_words import COMMANDS
from app.progress import Progress
from tests.support.processes.commands import environment_of
from tests.support.project import CATALOG_FILE
from tests.support.settings import GOOD_SETTINGS

ENDED_BY_IT = {"serve", "sandbox"}
# Where it is pressed: when work is begun and not done. And how it ends when nobody presses.
ROWS: dict[str, tuple[list[str], str, int | None]] = {
    "check": (["check"], "messages.showable_catalog.load_catalog", 0),
    "migrate": (["migrate"], "db.maintenance.migrate.migrate", 0),
    "backup": (["backup", "copy.db"], "app.commands.backup.examined", 0),
    "export": (["export", "payments.csv"], "app.commands.export.open_database", 0),
    "copy": (["copy", "sqlite:///shop.db", "sqlite:///new.db"], "db.copying.copy_database._tables_of_both", 0),
    "reconcile": (["reconcile"], "app.commands.reconcile.open_database", None),
    "setup": (["setup"], "app.setup.run.ask_bot_token", None),
    "doctor": (["doctor"], "app.doctor.examine.read_catalogue", None),
}


def test_every_command_has_its_row() -> None:
    assert ROWS.keys() | ENDED_BY_IT == COMMANDS.keys()


def pressing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, at whose beginning somebody presses Ctrl-C."""

    async def later(*arguments: Any, **named: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return await function(*arguments, **named)

    def at_once(*arguments: Any, **named: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return function(*arguments, **named)

    return later if inspect.iscoroutinefunction(function) else at_once


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")  # it would be a traceback
@pytest.mark.parametrize("command", ROWS)
def test_it_ends_with_a_line_and_leaves_nothing_half_made(
    command: str,
    sqlite_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    shutil.copy(sqlite_file, folder / "shop.db")
    monkeypatch.chdir(folder)
    for name, value in {**GOOD_SETTINGS, "DATABASE_URL": "sqlite:///shop.db", "CATALOG": str(CATALOG_FILE)}.items():
        monkeypatch.setenv(name, value)
    for service in ("TELEGRAM", "STRIPE", "RESEND"):
        monkeypatch.setenv(f"{service}_API_URL", "http://127.0.0.1:1")
    arguments, where, code = ROWS[command]
    module, _, name = where.rpartition(".")
    with monkeypatch.context() as pressed:
        pressed.setattr(where, pressing(getattr(importlib.import_module(module), name)))
        assert main(arguments) == 130
    said = capfd.readouterr()
    assert said.err.strip() == "Stopped by Ctrl-C."
    assert "Traceback" not in said.out
    made = {one.name for one in folder.iterdir() if not one.name.startswith(("shop.db", "new.db"))}
    assert not made
    if code is not None:
        assert main(arguments) == code


def test_serve_that_could_not_begin_leaves_no_word_for_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert main(["serve"]) == 1
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


SIGNALLED = """
import signal, sys
module, number = sys.argv.pop(1), int(sys.argv.pop(1))
class Presses:
    def find_spec(self, name, path, target=None):
        if name == module:
            signal.raise_signal(number)
sys.meta_path.insert(0, Presses())
from checkout_bot import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("command", "module", "number", "code"),
    [
        ("check", "app.cli", signal.SIGINT, 130),
        ("check", "app.command_line", signal.SIGINT, 130),
        ("serve", "app.commands.serve", signal.SIGINT, 0),
        # The first process of a container hears no signal that it has no word for: it would open, and be killed.
        ("serve", "app.commands.serve", signal.SIGTERM, 0),
        ("sandbox", "sandbox.start", signal.SIGINT, 0),
        ("sandbox", "sandbox.start", signal.SIGTERM, 0),
    ],
)
def test_it_ends_likewise_while_it_is_still_imported(
    command: str, module: str, number: int, code: int, tmp_path: Path
) -> None:
    settings = {**GOOD_SETTINGS, "DATABASE_URL": "sqlite:///shop.db", "CATALOG": str(CATALOG_FILE)}
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, module, str(int(number)), command],
        cwd=tmp_path, env=environment_of(settings), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("is_terminal", "term", "is_shown"), [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)]
)
def test_progress_is_for_a_terminal_and_takes_its_line_away(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, term: str, is_shown: bool
) -> None:
    screen = io.StringIO()
    screen.isatty = lambda: is_terminal  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", term)
    progress = Progress()
    progress.show("halfway")
    progress.clear()
    assert ("halfway" in screen.getvalue()) is is_shown
    assert screen.getvalue().endswith("\r\x1b[K" if is_shown else "")
    assert "\x1b[3" not in screen.getvalue(), "no colours, so NO_COLOR has nothing to forbid"
