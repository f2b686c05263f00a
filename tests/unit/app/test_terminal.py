"""What comes from a keyboard: letters in the terminal's encoding, and keys that are no letters; and its language."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.setup.terminal import Terminal
from tests.support.project import ROOT


@contextmanager
def keyboard(encoding: str) -> Iterator[tuple[Terminal, io.StringIO, int]]:
    """A terminal that writes its letters so, what it shows, and where somebody types."""
    master, slave = os.openpty()
    shown = io.StringIO()
    with os.fdopen(slave, encoding=encoding) as stdin:
        yield Terminal(stdin, shown, {}), shown, master
    os.close(master)


@pytest.mark.parametrize(
    ("encoding", "typed"),
    [
        ("utf-8", "Ночные книги".encode()),
        ("koi8-r", "Ночные книги".encode("koi8-r")),
        ("cp1251", "Ночные книги".encode("cp1251")),
        ("ascii", "Ночные книги".encode()),  # LANG says nothing of it
    ],
)
async def test_letters_are_read_as_the_terminal_writes_them(encoding: str, typed: bytes) -> None:
    with keyboard(encoding) as (terminal, _, master):
        os.write(master, typed + b"\n")
        assert await terminal.ask("Name") == "Ночные книги"


@pytest.mark.parametrize("is_secret", [False, True])
@pytest.mark.parametrize(
    "typed",
    [
        b"Night\x1b[D Books",  # an arrow key, which goes nowhere here
        b"\x1b[200~Night Books\x1b[201~",  # a shell has left marks on what is pasted
        "Ночь".encode()[:-1],  # half a letter was taken back
        "Ночь".encode("koi8-r"),
        b"Night\x07",
    ],
)
async def test_what_is_no_letter_is_asked_for_again(typed: bytes, is_secret: bool) -> None:
    with keyboard("utf-8") as (terminal, shown, master):
        os.write(master, typed + b"\nNight\tBooks\n")
        assert await terminal.ask("Name", is_secret=is_secret) == "Night\tBooks"
        assert shown.getvalue().count("Name: ") == 2
        assert "type it once more" in shown.getvalue()


@pytest.mark.parametrize("name", ["LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_tests_read_english_in_a_russian_terminal(name: str) -> None:
    spoken = "import os, tests.conftest; from app.terminal_language import language_of; print(language_of(os.environ))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), name: "ru_RU.UTF-8"}
    done = subprocess.run([sys.executable, "-c", spoken], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("en\n", "")
