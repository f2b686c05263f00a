"""Who sits before it: asked on a terminal, told everywhere, in English or Russian."""

import asyncio
import contextlib
import os
import termios
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TextIO

from app.progress import Progress, said_when_slow
from app.terminal_language import language_of
from checkout.sentence import Said, in_language
from messages.language.i18n import texts

GREEN, RED, BOLD, DIM = "32", "31", "1", "2"
UNREADABLE = "\ufffd"
LONGEST_LINE = 65536  # bytes; a terminal hands on one line at a time


class NobodyThere(Exception):
    """The terminal was closed (Ctrl-D): nothing more is asked."""


class Terminal:
    """Asks only where there is a terminal at both ends; colours likewise, and not with NO_COLOR."""

    def __init__(self, stdin: TextIO, stdout: TextIO, environment: Mapping[str, str]) -> None:
        self._stdin, self._stdout = stdin, stdout
        self.is_interactive = stdin.isatty() and stdout.isatty()
        self._colours = stdout.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        language = language_of(environment)
        self._texts, self._of_commands = texts("setup", language), texts("commands", language)
        self._silence = Progress()

    def t(self, sentence: str, **values: object) -> str:
        """The English ``sentence`` in the terminal's language."""
        return self._texts.gettext(sentence).format(**values)

    def said(self, words: Said) -> str:
        """What another part of the program has found, in the terminal's language."""
        return in_language(words, self._of_commands)

    @contextlib.asynccontextmanager
    async def waited(self) -> AsyncIterator[None]:
        """Says so whenever an answer of anybody but who sits here takes longer than a second."""
        async with said_when_slow() as self._silence:
            yield

    def greet(self) -> None:
        """Before anything that takes a while to import."""
        self.line(self.t("This sets up a shop. Each answer is written down at once: Ctrl-C and again does no harm."))

    def heading(self, text: str) -> None:
        self.line(f"\n{self._in(BOLD, text)}")

    def good(self, text: str) -> None:
        self.line(f"  {self._in(GREEN, 'ok')}   {text}")

    def wrong(self, text: str) -> None:
        self.line(f"  {self._in(RED, '!!')}   {text}")

    def line(self, text: str = "") -> None:
        self._silence.clear()
        self._stdout.write(f"{text}\n")
        self._stdout.flush()

    async def ask(self, question: str, explained: str = "", *, default: str = "", is_secret: bool = False) -> str:
        """What is typed, ``default`` for a mere Enter; a secret is not shown. Raises NobodyThere."""
        if explained:
            self.line(f"  {self._in(DIM, explained)}")
        prompt = f"  {question}{f' [{default}]' if default else ''}: "
        while not _is_of_letters(typed := await self._answer_to(prompt, is_secret)):
            self.wrong(self.t("There is something in it that is no letter (an arrow key, or another encoding): type it"
                              " once more"))  # fmt: skip
        return typed or default

    async def _answer_to(self, prompt: str, is_secret: bool) -> str:
        # Silent before it is asked: some type, or paste, at once.
        self._silence.clear()
        with _unseen(self._stdin.fileno()) if is_secret else contextlib.nullcontext():
            self._stdout.write(prompt)
            self._stdout.flush()
            typed = await self.next_line()
        if is_secret:
            self.line()
        return typed

    async def confirm(self, question: str) -> bool:
        """No, unless it is said with a y or д. Raises NobodyThere."""
        answer = await self.ask(f"{question} [{self.t('y/N')}]")
        return answer.lower() in ("y", "yes", "д", "да")

    async def next_line(self) -> str:
        """Waits for the next line; a Ctrl-C ends the wait at once. Raises NobodyThere."""
        loop, descriptor = asyncio.get_running_loop(), self._stdin.fileno()
        ready = asyncio.Event()
        loop.add_reader(descriptor, ready.set)
        self._silence.pause()
        try:
            await ready.wait()
            typed = os.read(descriptor, LONGEST_LINE)
        finally:
            loop.remove_reader(descriptor)
            self._silence.clear()
        if not typed:
            self.is_interactive = False
            raise NobodyThere
        return self._decoded(typed).strip()

    def _decoded(self, typed: bytes) -> str:
        """Other encodings hardly ever look like UTF-8, whereas UTF-8 looks like any of them."""
        try:
            return typed.decode()
        except UnicodeDecodeError:
            return typed.decode(self._stdin.encoding, errors="replace")

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text


def _is_of_letters(typed: str) -> bool:
    """Where no key moves anything, an arrow would stand in the shop's name, and on its receipts."""
    return all(char == "\t" or (char != UNREADABLE and unicodedata.category(char) != "Cc") for char in typed)


@contextlib.contextmanager
def _unseen(descriptor: int) -> Iterator[None]:
    """What is typed meanwhile is not shown."""
    before = termios.tcgetattr(descriptor)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
