"""The shop's `.env`: values set one by one, its comments and order kept, readable for its owner alone."""

import io
import os
import re
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from app.settings_sources import GO_THERE
from app.setup.whole_file import NEW, OWNER_ALONE, beside, write_whole
from checkout.errors import InvalidInput
from checkout.file_owner import why
from checkout.model.text import read_text_file
from checkout.sentence import t

HEADING = "# Written by `checkout-bot setup`. There are secrets in it: keep it to yourself.\n"
# What means the same without quotes to python-dotenv, docker compose, systemd and a shell.
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,-]+")


class EnvFile:
    """Before its first change in this process the file is copied to ``.env.bak``."""

    def __init__(self, path: Path) -> None:
        # What a link leads to is written, and the link stays.
        self.path = Path(os.path.realpath(path))
        self._is_kept = False

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def set(self, name: str, value: str) -> None:
        """Raises InvalidInput for a value that cannot stand in such a file, and OSError."""
        old = read_text_file(self.path) if self.exists else ""
        new = with_value(old or HEADING, name, value)
        ends = "\r\n" if self.exists and b"\r\n" in self.path.read_bytes() else "\n"
        if self.exists and not self._is_kept:
            write_whole(self.path.with_name(f"{self.path.name}.bak"), self.path.read_bytes())
        self._is_kept = True
        write_whole(self.path, new.replace("\n", ends).encode())

    def refuse_unwritable(self) -> None:
        """Before anybody is asked for what could not be kept. Raises InvalidInput."""
        new = beside(self.path)
        try:
            os.close(os.open(new, NEW, OWNER_ALONE))
            new.unlink()
        except OSError as error:
            reason = why(self.path, error, instead=GO_THERE)
            raise InvalidInput(t(".env cannot be written: {reason}", reason=reason)) from None

    def close_to_others(self) -> None:
        """Makes a file that was there before readable for its owner alone. Raises OSError."""
        if self.exists and self.path.stat().st_mode & 0o077:
            self.path.chmod(OWNER_ALONE)


def with_value(text: str, name: str, value: str) -> str:
    """``text`` with the setting where it stood, behind its commented line, or at the end. Raises InvalidInput."""
    bindings = list(parse_stream(io.StringIO(text)))
    line = f"{name}={quoted(value)}"
    places = [number for number, one in enumerate(bindings) if one.key == name]
    pieces = [one.original.string for one in bindings]
    if places:
        # Of several the last one counts.
        pieces[places[-1]] = _replaced(bindings[places[-1]], line)
        new = "".join(pieces)
    else:
        new = _added("".join(pieces), name, line)
    if dotenv_values(stream=io.StringIO(new)).get(name) != value:
        raise InvalidInput(t("{name} has characters that cannot stand in .env", name=name))
    return new


def quoted(value: str) -> str:
    """As python-dotenv, docker compose, systemd and a shell read it back."""
    if PLAIN.fullmatch(value) or not value:
        return value
    if "'" not in value and "\\" not in value:
        return f"'{value}'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _replaced(binding: Binding, line: str) -> str:
    """The binding's text with another value; blank lines before it, ``export`` and a comment behind it stay."""
    old = binding.original.string
    before = re.match(r"\s*(?:export[^\S\n]+)?", old)
    end = "\n" if old.endswith("\n") else ""
    return f"{before.group() if before else ''}{line}{_comment_of(binding)}{end}"


def _comment_of(binding: Binding) -> str:
    """What stands behind the value: all that can be left out without changing it."""
    old = binding.original.string.rstrip("\n")
    for mark in re.finditer(r"#", old):
        before = old[: mark.start()].rstrip(" \t")
        rest = next(parse_stream(io.StringIO(before)), None)
        if rest is not None and (rest.key, rest.value) == (binding.key, binding.value):
            return old[len(before) :]
    return ""


def _added(text: str, name: str, line: str) -> str:
    commented = re.search(rf"^#[^\S\n]*{name}[^\S\n]*=.*$", text, re.MULTILINE)
    if commented:
        return f"{text[: commented.end()]}\n{line}{text[commented.end() :]}"
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"
